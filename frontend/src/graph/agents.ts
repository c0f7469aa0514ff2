/** The block that runs another agent: its pins are the inputs and outputs of that one. */
import { isObject } from "./form";
import type { Block, GraphNode, InputSpec, Json, JsonObject, PinSpec, Schema } from "./types";

type Blocks = ReadonlyMap<string, Block>;

/** The block of a node with the pins that this node has. */
export function blockFor(node: GraphNode, blocks: Blocks): Block | undefined {
  const block = blocks.get(node.block_id);
  return block?.kind === "Agent" ? withPinsOfAgent(node.input_default, block) : block;
}

/** Constants never change in place, so the same ones make the same block. */
const MADE = new WeakMap<JsonObject, { of: Block; block: Block }>();

function withPinsOfAgent(constants: JsonObject, of: Block): Block {
  const known = MADE.get(constants);
  if (known?.of === of) return known.block;
  const block = {
    ...of,
    own: of.inputs.map((pin) => pin.name),
    inputs: inputsOf(constants),
    outputs: [...outputsOf(constants), ...of.outputs],
  };
  MADE.set(constants, { of, block });
  return block;
}

/** What the block itself takes is chosen, not linked. */
function inputsOf({ input_schema }: JsonObject): InputSpec[] {
  const required = requiredIn(input_schema);
  return propertiesOf(input_schema).map(([name, schema]) => ({
    ...pinOf(name, schema),
    required: required.has(name),
    default: schema.default ?? null,
    advanced: schema.advanced === true,
    secret: schema.secret === true,
  }));
}

function outputsOf({ output_schema }: JsonObject): PinSpec[] {
  return propertiesOf(output_schema)
    .filter(([name]) => name !== "error")
    .map(([name, schema]) => pinOf(name, schema));
}

function pinOf(name: string, schema: Schema): PinSpec {
  return {
    name,
    title: textOf(schema.title) || name,
    description: textOf(schema.description),
    schema,
  };
}

function propertiesOf(schema: Json | undefined): [string, Schema][] {
  const properties = isObject(schema) ? schema.properties : undefined;
  if (!isObject(properties)) return [];
  return Object.entries(properties).map(([name, pin]) => [name, isObject(pin) ? pin : {}]);
}

function requiredIn(schema: Json | undefined): ReadonlySet<Json> {
  const names = isObject(schema) ? schema.required : undefined;
  return new Set(Array.isArray(names) ? names : []);
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

export interface ChosenAgent {
  id: string;
  name: string;
  input_schema: object;
  output_schema: object;
}

/** The newest published version is run whichever it is, so none is named. */
const NEWEST = 0;

/** The constants of a node once it runs this agent; values of pins that stay are kept. */
export function constantsFor(agent: ChosenAgent, before: JsonObject): JsonObject {
  const kept = before.graph_id === agent.id ? before : {};
  return {
    ...kept,
    graph_id: agent.id,
    graph_version: kept.graph_version ?? NEWEST,
    agent_name: agent.name,
    input_schema: agent.input_schema as JsonObject,
    output_schema: agent.output_schema as JsonObject,
  };
}

/** The agent that a node runs, empty while none is chosen. */
export function agentIdOf(node: GraphNode): string {
  return textOf(node.input_default.graph_id);
}
