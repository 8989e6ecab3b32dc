import { copyFileSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { softHsmModule } from '#certs-test/softhsm';
import { allowModule, knownModules } from '#signer-agent/token/modules';

const folder = mkdtempSync(join(tmpdir(), 'kyso-modules-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('driver files', () => {
  it('allows one in a folder of the administrator', () => {
    expect(existsSync(allowModule(softHsmModule()))).toBe(true);
  });

  it('refuses one in a folder that others may write to', () => {
    const copy = join(folder, 'libsofthsm2.so');
    copyFileSync(softHsmModule(), copy);
    expect(() => allowModule(copy)).toThrow(expect.objectContaining({ code: 'MODULE_NOT_ALLOWED' }));
  });

  it('judges where a link leads, not where it lies', () => {
    const link = join(folder, 'linked.so');
    symlinkSync(softHsmModule(), link);
    expect(allowModule(link)).toBe(allowModule(softHsmModule()));
  });

  it.each(['libsofthsm2.so', './libsofthsm2.so', '/no/such/module.so', '/usr/lib'])('refuses %s', (path) => {
    expect(() => allowModule(path)).toThrow(expect.objectContaining({ code: 'MODULE_NOT_ALLOWED' }));
  });

  it('finds the known ones that lie here', () => {
    expect(knownModules()).toContain(allowModule(softHsmModule()));
  });
});
