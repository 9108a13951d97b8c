"""Studies: the settings of a planner's work in one file, and everything they make."""

from zoning.study.sections import StudySettings
from zoning.study.study import Study, read_study, study_schema, study_settings

__all__ = ["Study", "StudySettings", "read_study", "study_schema", "study_settings"]
