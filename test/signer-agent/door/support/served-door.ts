import { request } from 'node:http';
import type { Pki } from '#certs-test/pki';
import { readEnrolment, writeEnrolment } from '#signer-agent/config';
import { openDoor, type OpenDoor } from '#signer-agent/door/door';
import { enrolledParts } from '#signer-agent/door/enrolled-parts';
import type { Limits } from '#signer-agent/door/server';
import type { EndCounts } from '#signer-agent/signing/run-signing';
import { AgentHome } from '../../support/agent-home.ts';
import type { FakeApi } from '../../support/fake-api.ts';

export const PHRASE = 'Con mèo mướp thích mưa';

/** The door of an enrolled machine, on a port of its own; everything behind it is real but the API. */
export class ServedDoor {
  readonly home: AgentHome;
  readonly door: OpenDoor;
  /** of the signings that ended */
  readonly ended: readonly EndCounts[];

  private constructor(home: AgentHome, door: OpenDoor, ended: readonly EndCounts[]) {
    this.home = home;
    this.door = door;
    this.ended = ended;
  }

  static async open(pki: Pki, api: FakeApi, limits?: Limits): Promise<ServedDoor> {
    const home = new AgentHome(pki, api);
    await home.enrol();
    writeEnrolment(home, { ...readEnrolment(home), phrase: PHRASE });
    const ended: EndCounts[] = [];
    const parts = enrolledParts(home, { pss: false });
    const run: typeof parts.run = (order) =>
      parts.run({
        ...order,
        onEnd: (counts) => {
          ended.push(counts);
          order.onEnd(counts);
        },
      });
    return new ServedDoor(home, await openDoor(0, { ...parts, run }, limits), ended);
  }

  get host(): string {
    return this.door.origin.slice('http://'.length);
  }

  get port(): number {
    return Number(new URL(this.door.origin).port);
  }

  /** Loads the page as a browser does, and gives its key. */
  async loadPage(): Promise<string> {
    const { text } = await send(`${this.door.origin}/sign`, { method: 'GET' });
    return /name="kyso-page-key" content="([A-Za-z0-9_-]{43})"/.exec(text)?.[1] ?? '';
  }

  /** What the page itself would send. */
  async post(key: string, action: string, body: object): Promise<{ status: number; text: string }> {
    const headers = { origin: this.door.origin, 'kyso-page-key': key, 'content-type': 'application/json' };
    return send(`${this.door.origin}/do/${action}`, { method: 'POST', headers }, JSON.stringify(body));
  }

  /** Waits until the signing stands there. */
  async until(at: OpenDoor['session']['signing']['step']['at']): Promise<void> {
    for (let seen = 0; this.door.session.signing.step.at !== at;) {
      const { revision } = await this.door.session.shown(seen);
      seen = revision;
    }
  }

  async close(): Promise<void> {
    await this.door.close();
    this.home.remove();
  }
}

type Sent = { readonly method: string; readonly headers?: Record<string, string> };

function send(url: string, options: Sent, body = ''): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject).end(body);
  });
}
