"""For pytest's `-p`: hypothesis stops at the first example that fails, for a smaller one would take
minutes to find."""

from hypothesis import Phase, settings

settings.register_profile("without_shrinking", phases=[Phase.explicit, Phase.generate])
settings.load_profile("without_shrinking")
