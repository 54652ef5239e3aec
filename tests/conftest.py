"""For all tests: how long a generated case takes says nothing of the code, on a machine that does other things too."""

from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
