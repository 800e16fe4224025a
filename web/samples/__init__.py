"""Five policies of invented companies, and a site that revises them while you watch.

``sample_site`` serves them, ``sample_policies`` declares them for the watch list, and ``catalogue``
knows what each revision changes and what policywatch should make of it (docs/samples.md).
"""

from web.samples.catalogue import Revision, Sample, catalogue
from web.samples.site import sample_policies, sample_site

__all__ = ["Revision", "Sample", "catalogue", "sample_policies", "sample_site"]
