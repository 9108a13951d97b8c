"""Plan which buildings each School Safety Officer serves, and what the officers achieve.

Schools and streets in; zones, patrols, response times and a staffing decision
out. See the documentation for a quick start.
"""

from zoning.lazy import lazy_names

__version__ = "0.1.0"

# The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_names(__name__, __file__)
