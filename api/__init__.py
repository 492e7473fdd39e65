"""The programming interface: pages' sibling over the same services. No models, no rules."""
