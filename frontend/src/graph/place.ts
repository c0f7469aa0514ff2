/** Where there is room on the canvas. */
import { positionOf } from "./draft";
import type { GraphNode, Position } from "./types";

/** A node is about so large; what is drawn larger only comes a little close. */
export const NODE_SIZE: Position = { x: 264, y: 240 };
const GAP = 48;

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export function boxOf(nodes: readonly GraphNode[]): Box {
  const places = nodes.map(positionOf);
  const xs = places.map(({ x }) => x);
  const ys = places.map(({ y }) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  const width = Math.max(...xs) - x + NODE_SIZE.x;
  return { x, y, width, height: Math.max(...ys) - y + NODE_SIZE.y };
}

/** How far down the box must go until it covers no node. */
export function downToRoom(box: Box, nodes: readonly GraphNode[]): number {
  let down = 0;
  for (const top of topsBeside(box, nodes)) {
    const isClear = top >= box.y + down + box.height + GAP;
    if (isClear) break;
    down = Math.max(down, top + NODE_SIZE.y + GAP - box.y);
  }
  return down;
}

/** Of the nodes above or below some part of the box, from its top on downwards. */
function topsBeside(box: Box, nodes: readonly GraphNode[]): number[] {
  const places = nodes.map(positionOf).filter(
    ({ x, y }) =>
      x < box.x + box.width + GAP &&
      x + NODE_SIZE.x + GAP > box.x &&
      y + NODE_SIZE.y + GAP > box.y,
  );
  return places.map(({ y }) => y).sort((a, b) => a - b);
}

const GRID = 16;

/** By how much to move `added` so that they stand around `middle`, or below what is there;
    on the grid. */
export function intoRoom(
  added: readonly GraphNode[],
  there: readonly GraphNode[],
  middle: Position,
): Position {
  const box = boxOf(added);
  const x = snapped(middle.x - box.x - box.width / 2);
  const y = snapped(middle.y - box.y - box.height / 2);
  const down = downToRoom({ ...box, x: box.x + x, y: box.y + y }, there);
  return { x, y: y + snapped(down) };
}

function snapped(value: number): number {
  return Math.round(value / GRID) * GRID;
}
