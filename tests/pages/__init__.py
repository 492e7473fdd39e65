"""What single pages show and refuse, asked through the test client."""
