import { connect } from 'node:net';

export type RawAnswer = {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** the problem's code and detail, where it is one */
  readonly refused: string;
};

/** Says exactly these lines and this body to a port of this machine; `fetch` and browsers would put Host and Origin right. */
export async function sayRaw(port: number, lines: readonly string[], body = ''): Promise<RawAnswer> {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return readRaw(port, [...lines, ...length, 'Connection: close', '', body].join('\r\n'));
}

/** Says a text as it is, and reads until the other side has ended. */
export async function readRaw(port: number, text: string): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  let answer = '';
  try {
    for await (const chunk of socket) answer += String(chunk);
  } catch (error) {
    // a door that closes while more is being sent resets the connection: what it said before is what counts
    if (answer === '') throw error;
  }
  return parsed(answer);
}

function parsed(answer: string): RawAnswer {
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const [status = '', ...lines] = head.split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const body = unchunked(rest.join('\r\n\r\n'), headers);
  return { status: Number(status.split(' ')[1]), headers, body, refused: refusedIn(body) };
}

function unchunked(body: string, headers: ReadonlyMap<string, string>): string {
  if (headers.get('transfer-encoding') !== 'chunked') return body;
  const bytes = Buffer.from(body);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf('\r\n', at);
    const size = parseInt(bytes.toString('latin1', at, end), 16);
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + size + 4;
  }
  return Buffer.concat(parts).toString('utf8');
}

function refusedIn(body: string): string {
  if (!body.startsWith('{"type":"about:blank"')) return '';
  const { code, detail } = JSON.parse(body) as { code: string; detail?: string };
  return detail === undefined ? code : `${code}: ${detail}`;
}
