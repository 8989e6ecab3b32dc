/** Where the drivers of the tokens that public units and facilities hold lie, and how they are named. */

/** Folders that only an administrator can write to. Those of Windows and macOS are untested. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  linux: [
    '/usr/lib',
    '/usr/lib64',
    '/usr/lib/x86_64-linux-gnu',
    '/usr/lib/aarch64-linux-gnu',
    '/usr/lib/pkcs11',
    '/usr/lib64/pkcs11',
    '/usr/lib/x86_64-linux-gnu/pkcs11',
    '/usr/lib/aarch64-linux-gnu/pkcs11',
    '/usr/lib/softhsm',
    '/usr/lib/x86_64-linux-gnu/softhsm',
    '/usr/lib/aarch64-linux-gnu/softhsm',
    '/usr/local/lib',
    '/usr/local/lib/softhsm',
  ],
  // a 64-bit process sees the 64-bit drivers in System32; SysWOW64 holds the 32-bit ones, which a 32-bit agent would find
  win32: ['C:\\Windows\\System32', 'C:\\Windows\\SysWOW64'],
  darwin: [
    '/Library/Security/tokend',
    '/Library/Frameworks/eToken.framework/Versions/Current',
    '/Library/OpenSC/lib',
    '/usr/local/lib',
    '/usr/local/lib/softhsm',
    '/opt/homebrew/lib',
    '/opt/homebrew/lib/softhsm',
  ],
};

const versions = (name: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${name}${from + i}`);

/** Providers' drivers, then makers', then the general ones; the proxy shows again what others show, so it is last. */
const NAMES = [
  ...versions('viettel-ca_v', 1, 6),
  ...versions('vnptca_p11_v', 6, 10),
  'vnpt-ca_csp11',
  'BkavCA',
  'BkavCAv2S',
  'bkavca_p11',
  'st3csp11',
  'fpt-ca',
  ...versions('fptca_v', 3, 6),
  'CA2_csp11',
  ...versions('nca_v', 4, 9),
  'ncca_csp11_v1',
  'newca_v4',
  ...versions('Vina-CAv', 2, 10),
  'misaca_csp11_v2',
  'fca_v1',
  'ica_csp11_v1',
  'safe-ca_v2',
  'efy-ca_v1',
  'eTPKCS11',
  'eTPkcs11',
  'eToken',
  'castle',
  'eps2003csp11',
  'bit4xpki',
  'WDPKCS',
  'IDPrimePKCS1164',
  'IDPrimePKCS11',
  'opensc-pkcs11',
  'softhsm2',
  'p11-kit-proxy',
];

export function driverFolders(platform: string): readonly string[] {
  return FOLDERS[platform] ?? [];
}

/** The file names to look for, first choice first. Those of Windows and macOS are untested. */
export function driverFiles(platform: string): readonly string[] {
  return NAMES.flatMap((name) => {
    if (platform === 'win32') return [`${name}.dll`];
    if (platform === 'darwin') return [`${name}.dylib`, `lib${name}.dylib`, `lib${name}.so`];
    return [`${name}.so`, `lib${name}.so`];
  });
}
