"""What starts executions by itself: schedules and inbound webhooks."""
