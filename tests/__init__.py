"""The tests: a mirror of the code, the rules of the house, the journeys and the attacks."""
