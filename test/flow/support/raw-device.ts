import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { concat, fromBase64url, utf8 } from '#core/bytes';
import type { Answer, World } from '../../support/world.ts';

export type RawSession = {
  readonly sessionId: string;
  readonly secret: string;
  readonly leaseSeconds: number;
};

const ZERO = Uint8Array.of(0);

/** A machine that keeps to the wire contract but to no rule of the agent's. */
export class RawDevice {
  readonly #world: World;
  readonly #certificate: Uint8Array;
  readonly #key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  #deviceId = '';

  constructor(world: World, certificate: Uint8Array) {
    this.#world = world;
    this.#certificate = certificate;
  }

  get deviceId(): string {
    return this.#deviceId;
  }

  async enrol(code: string): Promise<this> {
    const certificate = this.#certificate;
    const message = concat(utf8('kyso/enrol/v1'), ZERO, utf8(code), ZERO, sha256(certificate));
    const { status, body, text } = await this.#post('/v1/devices', {
      code,
      deviceKey: this.#key.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      signerCertificate: Buffer.from(certificate).toString('base64'),
      proof: this.#prove(message),
    });
    if (status !== 201) throw new Error(`enrolment: ${text}`);
    this.#deviceId = String(body['deviceId']);
    return this;
  }

  /** @param deviceId another's, for a thief of tickets */
  challenge(ticket: string, deviceId = this.#deviceId): Promise<Answer> {
    const ticketSha256 = sha256(utf8(ticket)).toString('base64url');
    return this.#post('/v1/signing-sessions/challenges', { deviceId, ticketSha256 });
  }

  /** Redeems a ticket. @param nonce the challenge's; asked for where none is given */
  async open(ticket: string, nonce?: Uint8Array): Promise<Answer> {
    const asked = nonce ?? fromBase64url(String((await this.challenge(ticket)).body['nonce']));
    const message = concat(utf8('kyso/device/v1'), ZERO, asked ?? new Uint8Array(), sha256(utf8(ticket)));
    return this.#post('/v1/signing-sessions', {
      deviceId: this.#deviceId,
      ticket,
      proof: this.#prove(message),
    });
  }

  async mustOpen(ticket: string): Promise<RawSession> {
    const { status, body, text } = await this.open(ticket);
    if (status !== 201) throw new Error(`session: ${text}`);
    return body as RawSession;
  }

  /** @param idempotencyKey the signature's digest, as the agent sends it, unless told */
  submit({ sessionId, secret }: RawSession, cms: Uint8Array, idempotencyKey?: string): Promise<Answer> {
    return this.#world.call('POST', `/v1/signing-sessions/${sessionId}/signatures`, {
      key: secret,
      body: { cms: Buffer.from(cms).toString('base64') },
      idempotencyKey: idempotencyKey ?? sha256(cms).toString('base64url'),
    });
  }

  heartbeat({ sessionId, secret }: RawSession): Promise<Answer> {
    return this.#world.call('POST', `/v1/signing-sessions/${sessionId}/heartbeats`, {
      key: secret,
      body: {},
    });
  }

  end({ sessionId, secret }: RawSession): Promise<Answer> {
    return this.#world.call('DELETE', `/v1/signing-sessions/${sessionId}`, { key: secret });
  }

  #post(path: string, body: object): Promise<Answer> {
    return this.#world.call('POST', path, { body });
  }

  #prove(message: Uint8Array): string {
    return sign('sha256', message, this.#key.privateKey).toString('base64');
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
