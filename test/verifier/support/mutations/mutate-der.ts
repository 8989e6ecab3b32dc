import { concat } from '#core/bytes';
import type { Random } from '../../../../scripts/demo/random.ts';
import { tlv } from '../der-write.ts';
import { mutateBytes } from './mutate-bytes.ts';

/** One random change of a DER structure whose lengths stay right, so that it gets past the reader more often than changed bytes do. */
export function mutateDer(der: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const tree = parse(der);
  const donor = random.pick(nodesIn(parse(other)));
  const changed = change(tree, random.pick(nodesIn(tree)), (node) => {
    const { tag, content } = node;
    return random.pick<() => readonly Node[]>([
      () => [],
      () => [node, node],
      () => [donor],
      () => [node, donor],
      () => [donor, node],
      () => [{ ...node, tag: tag ^ (1 << random.below(8)) }],
      () => [{ tag, content: donor.content }],
      () => [
        {
          tag,
          content:
            content instanceof Uint8Array
              ? mutateBytes(content.length > 0 ? content : Uint8Array.of(0), other, random)
              : [...content].reverse(),
        },
      ],
    ])();
  });
  return concat(...changed.map(encode));
}

type Node = { readonly tag: number; readonly content: Uint8Array | readonly Node[] };

function change(node: Node, target: Node, by: (node: Node) => readonly Node[]): readonly Node[] {
  if (node === target) return by(node);
  if (node.content instanceof Uint8Array) return [node];
  return [{ ...node, content: node.content.flatMap((one) => change(one, target, by)) }];
}

function nodesIn(node: Node): Node[] {
  return [node, ...(node.content instanceof Uint8Array ? [] : node.content.flatMap(nodesIn))];
}

function encode({ tag, content }: Node): Uint8Array {
  return tlv(tag, content instanceof Uint8Array ? content : concat(...content.map(encode)));
}

function parse(der: Uint8Array): Node {
  const [node] = parseAll(der);
  if (!node) throw new RangeError('not DER');
  return node;
}

/** For DER that is good. */
function parseAll(der: Uint8Array): Node[] {
  const nodes: Node[] = [];
  for (let at = 0; at < der.length;) {
    const [tag = 0, first = 0] = der.subarray(at, at + 2);
    const more = first < 0x80 ? 0 : first & 0x7f;
    const length =
      more === 0 ? first : der.subarray(at + 2, at + 2 + more).reduce((sum, one) => sum * 256 + one, 0);
    const content = der.subarray(at + 2 + more, at + 2 + more + length);
    nodes.push({ tag, content: (tag & 0x20) === 0 ? content : parseAll(content) });
    at += 2 + more + length;
  }
  return nodes;
}
