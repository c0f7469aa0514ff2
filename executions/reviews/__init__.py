"""Reviews: what executions ask of people, and what people answer."""
