import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { softHsmModule } from '#certs-test/softhsm';
import { openPkcs11Token } from '#signer-agent/token/host';
import { driverFiles, driverFolders } from '#signer-agent/token/known-drivers';
import { unfitReason } from '#signer-agent/token/module-fit';
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

describe('names of drivers', () => {
  it.each([
    ['linux', 'viettel-ca_v6.so', 'libeTPkcs11.so'],
    ['win32', 'vnptca_p11_v10.dll', 'eTPKCS11.dll'],
    ['darwin', 'libcastle.dylib', 'libeToken.so'],
  ])('are those of %s', (platform, ...names) => {
    expect(driverFiles(platform)).toEqual(expect.arrayContaining(names));
    expect(driverFolders(platform).length).toBeGreaterThan(0);
  });

  it('are none on a platform that is not known', () => {
    expect(driverFolders('plan9')).toEqual([]);
  });
});

function elf(machine: number, bits: 32 | 64): Uint8Array {
  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, bits / 32, 1]);
  header.writeUInt16LE(machine, 18);
  return header;
}

function pe(machine: number): Uint8Array {
  const header = Buffer.alloc(256);
  header.write('MZ');
  header.writeUInt32LE(128, 0x3c);
  header.write('PE', 128);
  header.writeUInt16LE(machine, 132);
  return header;
}

function universal(...types: number[]): Uint8Array {
  const header = Buffer.alloc(8 + 20 * types.length);
  header.writeUInt32BE(0xcafebabe);
  header.writeUInt32BE(types.length, 4);
  types.forEach((type, i) => header.writeUInt32BE(type, 8 + 20 * i));
  return header;
}

const machO = (type: number) => Buffer.from(Uint32Array.of(0xfeedfacf, type).buffer);

describe('the machine of a driver', () => {
  it.each([
    ['linux', 'x64', elf(62, 64)],
    ['linux', 'arm64', elf(183, 64)],
    ['linux', 'ia32', elf(3, 32)],
    ['win32', 'x64', pe(0x8664)],
    ['win32', 'ia32', pe(0x14c)],
    ['darwin', 'arm64', machO(0x100000c)],
    ['darwin', 'x64', universal(0x100000c, 0x1000007)],
    [process.platform, process.arch, readFileSync(softHsmModule())],
  ])('fits %s on %s', (platform, arch, header) => {
    expect(unfitReason(header, { platform, arch })).toBeNull();
  });

  it.each([
    ['linux', 'x64', elf(3, 32), 'the driver is for ia32, the agent runs on x64'],
    ['linux', 'x64', elf(183, 64), 'the driver is for arm64, the agent runs on x64'],
    ['linux', 'x64', elf(62, 32), 'the driver is for another machine, the agent runs on x64'],
    ['linux', 'x64', pe(0x8664), 'not a library of linux'],
    ['linux', 'x64', Buffer.from('INPUT ( libc.so )'), 'not a library of linux'],
    ['linux', 'x64', Buffer.alloc(0), 'not a library of linux'],
    ['win32', 'x64', pe(0x14c), 'the driver is for ia32, the agent runs on x64'],
    ['win32', 'x64', pe(0x8664).subarray(0, 100), 'not a library of win32'],
    ['darwin', 'arm64', machO(0x1000007), 'the driver is for x64, the agent runs on arm64'],
    ['darwin', 'x64', universal(0x100000c), 'the driver is for arm64, the agent runs on x64'],
  ])('does not fit: %s %s', (platform, arch, header, reason) => {
    expect(unfitReason(header, { platform, arch })).toBe(reason);
  });

  it.each(['/etc/passwd', '/lib/x86_64-linux-gnu/libc.so.6'].filter((path) => existsSync(path)))(
    'no library, or one that is no driver, is refused before it is started: %s',
    async (path) => {
      const token = openPkcs11Token(path);
      await expect(token.list()).rejects.toMatchObject({ code: 'MODULE_UNFIT' });
      await token.close();
    },
  );
});
