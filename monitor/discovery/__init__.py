"""Finding policies to watch, and saying what a page would be as one. Pure.

kinds      which kind of policy a link names (words and paths: kinds.toml)
links      the links of a page or a sitemap that seem to lead to policies
looking    what would be captured of a page, with selectors to try
declaring  the [[policy]] table that is proposed for it

Who fetches is monitor/discovering.py.
"""

from monitor.discovery.declaring import (
    Looked,
    Proposal,
    declaration,
    free_id,
    proposals,
    service_of,
)
from monitor.discovery.kinds import kind_of_link, policy_kinds, segments_of, well_known
from monitor.discovery.links import (
    Link,
    kind_of,
    likeliest_first,
    links_of_sitemap,
    links_to_policies,
    same_site,
)
from monitor.discovery.looking import Choice, Preview, look

__all__ = [
    "Choice",
    "Link",
    "Looked",
    "Preview",
    "Proposal",
    "declaration",
    "free_id",
    "kind_of",
    "kind_of_link",
    "likeliest_first",
    "links_of_sitemap",
    "links_to_policies",
    "look",
    "policy_kinds",
    "proposals",
    "same_site",
    "segments_of",
    "service_of",
    "well_known",
]
