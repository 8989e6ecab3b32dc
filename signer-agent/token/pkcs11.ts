import pkcs11js from 'pkcs11js';
import { Refusal } from '#core/refusal';
import { CKA, CKF, CKG_MGF1_SHA256, CKM, CKU } from './cryptoki.ts';
import { driverRefusal, returnName } from './driver-errors.ts';
import { ensureFits } from './module-fit.ts';
import type { MechanismUse } from './mechanisms.ts';
import {
  ALREADY_INITIALISED,
  ALREADY_LOGGED_IN,
  readWithFixedBuffers,
  REFUSES_LOCKING,
  unpadded,
} from './quirks.ts';

/**
 * The one file of the agent that knows the PKCS#11 binding. It runs in the child process only. Calls are synchronous, with one
 * operation in flight: the binding's callback form can lose its buffer and sign wrong bytes.
 */

const MAX_SIGNATURE_BYTES = 1024;
const MAX_OBJECTS = 1000;

export type Handle = pkcs11js.Handle;
export type TokenFlags = {
  readonly serial: string;
  readonly label: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly flags: number;
};

export class Pkcs11Module {
  readonly #p11 = new pkcs11js.PKCS11();

  /**
   * Loads and initialises a driver; once in a process.
   * @throws Refusal MODULE_UNFIT: of another architecture, or without C_GetFunctionList; MODULE_FAILED
   */
  constructor(path: string) {
    ensureFits(path);
    try {
      this.#p11.load(path);
    } catch (cause) {
      throw new Refusal('MODULE_UNFIT', { detail: 'the module cannot be loaded', cause });
    }
    this.#initialise();
  }

  /** Many drivers see tokens that were plugged in only after this; no session may be open. */
  reinitialise(): void {
    call('C_Finalize', () => this.#p11.C_Finalize());
    this.#initialise();
  }

  #initialise(): void {
    try {
      this.#p11.C_Initialize({ flags: CKF.OS_LOCKING_OK });
    } catch (error) {
      const name = returnName(error);
      if (name === ALREADY_INITIALISED) return;
      if (name === undefined || !REFUSES_LOCKING.has(name))
        throw new Refusal('MODULE_FAILED', { detail: `C_Initialize ${name ?? ''}` });
      try {
        this.#p11.C_Initialize();
      } catch (again) {
        throw new Refusal('MODULE_FAILED', { detail: `C_Initialize ${returnName(again) ?? ''}` });
      }
    }
  }

  /** The slots that hold a token, initialised or not. */
  slots(): Handle[] {
    return call('C_GetSlotList', () => this.#p11.C_GetSlotList(true));
  }

  token(slot: Handle): TokenFlags {
    const info = call('C_GetTokenInfo', () => this.#p11.C_GetTokenInfo(slot));
    return {
      serial: unpadded(info.serialNumber),
      label: unpadded(info.label),
      manufacturer: unpadded(info.manufacturerID),
      model: unpadded(info.model),
      flags: info.flags,
    };
  }

  mechanisms(slot: Handle): number[] {
    return call('C_GetMechanismList', () => this.#p11.C_GetMechanismList(slot));
  }

  /** Read-only: some drivers refuse read-write sessions, and nothing is ever written. */
  openSession(slot: Handle): Pkcs11Session {
    const handle = call('C_OpenSession', () => this.#p11.C_OpenSession(slot, CKF.SERIAL_SESSION));
    return new Pkcs11Session(this.#p11, handle);
  }

  finalise(): void {
    this.#p11.C_Finalize();
  }
}

export class Pkcs11Session {
  readonly #p11: pkcs11js.PKCS11;
  readonly #handle: Handle;

  constructor(p11: pkcs11js.PKCS11, handle: Handle) {
    this.#p11 = p11;
    this.#handle = handle;
  }

  /** @throws Refusal PIN_WRONG, PIN_LOCKED; the PIN is tried exactly once */
  login(pin: string): void {
    this.#login(CKU.USER, pin);
  }

  #login(user: number, pin: string): void {
    try {
      this.#p11.C_Login(this.#handle, user, pin);
    } catch (error) {
      if (returnName(error) !== ALREADY_LOGGED_IN) throw driverRefusal(error, 'C_Login');
    }
  }

  objects(objectClass: number): Handle[] {
    const found: Handle[] = [];
    // searched by class only: some drivers cannot search by value
    call('C_FindObjectsInit', () =>
      this.#p11.C_FindObjectsInit(this.#handle, [{ type: CKA.CLASS, value: objectClass }]),
    );
    try {
      while (found.length < MAX_OBJECTS) {
        const next = call('C_FindObjects', () => this.#p11.C_FindObjects(this.#handle, 16));
        if (next.length === 0) break;
        found.push(...next);
      }
    } finally {
      call('C_FindObjectsFinal', () => this.#p11.C_FindObjectsFinal(this.#handle));
    }
    return found;
  }

  /** The value of an attribute, empty where it is; null where the object has none or keeps it to itself. */
  attribute(object: Handle, type: number): Uint8Array | null {
    return readWithFixedBuffers((size) => {
      try {
        const template = [size > 0 ? { type, value: Buffer.alloc(size) } : { type }];
        return this.#p11.C_GetAttributeValue(this.#handle, object, template)[0]?.value ?? null;
      } catch (error) {
        const name = returnName(error);
        if (name === 'CKR_ATTRIBUTE_TYPE_INVALID' || name === 'CKR_ATTRIBUTE_SENSITIVE') return null;
        if (name === 'CKR_BUFFER_TOO_SMALL' || (size > 0 && name === 'CKR_ARGUMENTS_BAD'))
          return new Uint8Array(0);
        throw driverRefusal(error, 'C_GetAttributeValue');
      }
    });
  }

  /**
   * What makes signatures with a key, one call at a time: ECDSA as r‖s. A key that wants the PIN before every use gets it so.
   * @param pinEach the PIN where CKA_ALWAYS_AUTHENTICATE is set, else null
   * @returns takes a message, and what to call just before C_Sign; what it gives lies in one buffer, to be copied before the next call
   */
  signWith(
    key: Handle,
    use: MechanismUse,
    pinEach: string | null,
  ): (message: Uint8Array, count: () => void) => Uint8Array {
    const parameter = use.pss
      ? { type: pkcs11js.CK_PARAMS_RSA_PSS, hashAlg: CKM.SHA256, mgf: CKG_MGF1_SHA256, saltLen: 32 }
      : null;
    const mechanism = { mechanism: use.mechanism, ...(parameter ? { parameter } : {}) };
    const room = Buffer.alloc(MAX_SIGNATURE_BYTES);
    return (message, count) => {
      const input = asBuffer(use.input(message));
      call('C_SignInit', () => this.#p11.C_SignInit(this.#handle, mechanism, key));
      if (pinEach !== null) this.#login(CKU.CONTEXT_SPECIFIC, pinEach);
      count();
      return call('C_Sign', () => this.#p11.C_Sign(this.#handle, input, room));
    };
  }

  /** Ends the session; a driver that fails here has nothing left to spoil, its process ends next. */
  close(): void {
    for (const end of [
      () => this.#p11.C_Logout(this.#handle),
      () => this.#p11.C_CloseSession(this.#handle),
    ]) {
      try {
        end();
      } catch {
        // not logged in, or gone already
      }
    }
  }
}

function call<T>(name: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw driverRefusal(error, name);
  }
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
