"""The files of patrol days: tables, sheets to hand out, timelines. All are restricted."""
