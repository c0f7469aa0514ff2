/** Findings of validation by node, and answers of the server turned into findings. */
import { nodeTitle } from "./names";
import type { Block, Draft, Finding, GraphNode, Severity } from "./types";

export interface ProblemItem {
  field?: string;
  message: string;
  code?: string;
}

export function byNode(findings: readonly Finding[]): Map<string, Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (finding.node_id === null) continue;
    groups.set(finding.node_id, [...(groups.get(finding.node_id) ?? []), finding]);
  }
  return groups;
}

export function titled(finding: Finding, node: GraphNode, block: Block | undefined): Finding {
  return { ...finding, message: inWords(finding.message, node, block) };
}

/** The server calls a node by its block and id; people know the title on the canvas. */
export function inWords(text: string, node: GraphNode, block: Block | undefined): string {
  const known = block ? `${block.name} ${node.id}` : `node ${node.id}`;
  return text.replaceAll(known, nodeTitle(node, block));
}

export interface FindingGroup {
  /** null for what concerns the agent as a whole. */
  nodeId: string | null;
  findings: Finding[];
}

/** By node, in the order in which they first come. */
export function grouped(findings: readonly Finding[]): FindingGroup[] {
  const groups = new Map<string | null, Finding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.node_id) ?? [];
    group.push(finding);
    groups.set(finding.node_id, group);
  }
  return [...groups].map(([nodeId, own]) => ({ nodeId, findings: own }));
}

const WEIGHT: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

export function sorted(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity]);
}

export function countOf(findings: readonly Finding[], severity: Severity): number {
  return findings.filter((finding) => finding.severity === severity).length;
}

const NODE_FIELD = /^nodes[[.](\d+)\]?(?:\.input_default\.(.+))?/;
const LINK_FIELD = /^links[[.](\d+)\]?/;

/** A refused field of the draft that was sent, as a finding at its node, pin or link. */
export function fromProblem(item: ProblemItem, sent: Draft): Finding {
  const node = NODE_FIELD.exec(item.field ?? "");
  const link = LINK_FIELD.exec(item.field ?? "");
  const sentLink = link ? sent.links[Number(link[1])] : undefined;
  return {
    rule: item.code ?? "invalid",
    severity: "error",
    node_id: node ? (sent.nodes[Number(node[1])]?.id ?? null) : null,
    pin: node?.[2] ?? null,
    link_id: sentLink?.id ?? null,
    message: item.message,
    hint: "",
  };
}

/** Items of a 422 answer carry a finding's own fields; others are only a message. */
export function fromRefusal(item: Partial<Finding> & ProblemItem): Finding {
  return {
    rule: item.rule ?? item.code ?? "invalid",
    severity: item.severity ?? "error",
    node_id: item.node_id ?? null,
    pin: item.pin ?? null,
    link_id: item.link_id ?? null,
    message: item.message,
    hint: item.hint ?? "",
  };
}
