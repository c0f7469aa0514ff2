"""The ways out of blocks, made real: what `executions.engine.world` asks for."""
