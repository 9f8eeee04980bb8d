"""All experiments, in the order of their letters."""

from tests.torture import e_model, f_templates

EXPERIMENTS = [*e_model.EXPERIMENTS, *f_templates.EXPERIMENTS]
