"""For pytest's `-p`: hypothesis stops at the first example that fails and makes it no smaller.

Who asks only whether a test fails needs no small example, which takes minutes to find.
"""

from hypothesis import Phase, settings

settings.register_profile("without_shrinking", phases=[Phase.explicit, Phase.generate])
settings.load_profile("without_shrinking")
