"""Proposals of models: propose, amend, review; and the models that the catalogue takes over."""
