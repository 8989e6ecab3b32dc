import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '#signing-api/config';
import { allowedAddress } from '#signing-api/outside/revocation-hosts';
import { refused } from '../../support/refused.ts';

const HOSTS = ['crl.example.vn', 'ca.example.vn:8080', '10.0.0.7', '[::1]:8080'];

describe('an address in a certificate', () => {
  it.each([
    'http://crl.example.vn/a.crl',
    'https://crl.example.vn/a.crl',
    'http://CRL.example.vn:80/a.crl?x=1',
    'https://crl.example.vn:443',
    'http://ca.example.vn:8080/ocsp',
    'https://ca.example.vn:8080/ocsp',
    'http://10.0.0.7/a.crl',
    'http://0x0a000007/a.crl',
    'http://[::1]:8080/a.crl',
  ])('is asked where its host is listed: %s', (text) => {
    expect(allowedAddress(text, HOSTS)?.href).toBe(new URL(text).href);
  });

  it.each([
    'http://crl.example.vn:8080/a.crl',
    'http://ca.example.vn/ocsp',
    'http://crl.example.vn./a.crl',
    'http://evil-crl.example.vn/a.crl',
    'http://crl.example.vn.evil.vn/a.crl',
    'http://crl.example.vn@evil.vn/a.crl',
    'http://user:secret@crl.example.vn/a.crl',
    'http://user@crl.example.vn/a.crl',
    'http://127.0.0.1/a.crl',
    'http://localhost/a.crl',
    'ldap://crl.example.vn/cn=CA',
    'ftp://crl.example.vn/a.crl',
    'file:///etc/passwd',
    'crl.example.vn/a.crl',
    `http://crl.example.vn/${'a'.repeat(1024)}`,
    '',
  ])('is not asked: %s', (text) => {
    expect(allowedAddress(text, HOSTS)).toBeNull();
  });
});

describe('the configuration', () => {
  function configured(hosts: string | undefined): readonly string[] {
    const folder = mkdtempSync(join(tmpdir(), 'kyso-config-'));
    const file = join(folder, 'any');
    writeFileSync(file, '');
    try {
      return readConfig({
        KYSO_INSTANCE: 'test',
        ...{ KYSO_TRUST: file, KYSO_TRUST_KEYS: file, KYSO_CRLS: folder, KYSO_STATUS_KEY: file },
        KYSO_REGISTER_URL: 'http://127.0.0.1:1',
        ...(hosts === undefined ? {} : { KYSO_REVOCATION_HOSTS: hosts }),
      }).revocationHosts;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('lists no host unless told, and those that it is told', () => {
    expect(configured(undefined)).toEqual([]);
    expect(configured('')).toEqual([]);
    expect(configured('Crl.Example.vn, ca.example.vn:8080,[::1]:8080,10.0.0.7')).toEqual([
      'crl.example.vn',
      ...['ca.example.vn:8080', '[::1]:8080', '10.0.0.7'],
    ]);
  });

  it.each([
    'http://crl.example.vn',
    'crl.example.vn/a',
    '*.example.vn',
    'a b',
    'a:',
    'a:0',
    'user@a',
    'ok.vn,-',
  ])('is refused with %s', (hosts) => {
    const { code, faults } = refused(() => configured(hosts));
    expect([code, faults.map(({ at }) => at)]).toEqual(['CONFIG_INVALID', ['/KYSO_REVOCATION_HOSTS']]);
  });
});
