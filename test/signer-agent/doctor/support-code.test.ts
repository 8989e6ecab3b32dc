import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RefusalCode } from '#core/refusal';
import { LINKS, type LinkReport } from '#signer-agent/doctor/report';
import { readSupportCode, supportCode } from '#signer-agent/doctor/support-code';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

function broken(link: LinkReport['link'], code: RefusalCode): LinkReport {
  return { link, state: 'broken', code, facts: ['Nguyễn Văn Mẫu'], detail: 'Nguyễn Văn Mẫu' };
}

function fine(link: LinkReport['link']): LinkReport {
  return { link, state: 'ok', code: null, facts: [] };
}

const sample = supportCode('1.12.3', 24, [
  fine('agent'),
  fine('driver'),
  broken('token', 'PIN_LOCKED'),
  { link: 'certificate', state: 'not-run', code: null, facts: [] },
  broken('clock', 'CLOCK_WRONG'),
  { link: 'server', state: 'ok', code: null, facts: [] },
]);

describe('the support code', () => {
  it('says what was found, link by link, and of which agent', () => {
    expect(sample).toMatch(/^KYSO(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
    expect(readSupportCode(sample)).toEqual({
      agentVersion: '1.12.3',
      nodeMajor: 24,
      outcomes: {
        agent: 'OK',
        driver: 'OK',
        token: 'PIN_LOCKED',
        certificate: 'NOT_RUN',
        clock: 'CLOCK_WRONG',
        server: 'OK',
        revocation: 'NOT_RUN',
      },
    });
  });

  it('means the same for ever: a code that was read out once is explained by every later agent', () => {
    expect(sample).toBe('KYSO-1C36-0071-3014');
  });

  it('is read as people say and type it', () => {
    const facts = readSupportCode(sample);
    expect(readSupportCode(sample.toLowerCase().replaceAll('-', ' '))).toEqual(facts);
    expect(readSupportCode(sample.slice('KYSO-'.length).replaceAll('0', 'o').replaceAll('1', 'l'))).toEqual(
      facts,
    );
  });

  it('has another form with every wrong character and every two exchanged', () => {
    const characters = sample.slice('KYSO-'.length).replaceAll('-', '').split('');
    for (const [at, character] of characters.entries()) {
      for (const other of ALPHABET.replace(character, ''))
        expect(readSupportCode(characters.with(at, other).join(''))).toBeNull();
      for (const [to, there] of characters.entries())
        if (there !== character)
          expect(readSupportCode(characters.with(at, there).with(to, character).join(''))).toBeNull();
    }
  });

  it.each([
    '',
    'KYSO',
    'KYSO-0000',
    `${sample}0`,
    sample.slice(0, -1),
    'KYSO-UUUU-UUUU-UUUU',
    '°'.repeat(12),
  ])('is not %s', (text) => {
    expect(readSupportCode(text)).toBeNull();
  });

  it('says OTHER for what has no number, and bounds versions it cannot hold', () => {
    const code = supportCode('9.99.99', 99, [broken('agent', 'INTERNAL')]);
    expect(readSupportCode(code)).toMatchObject({
      agentVersion: '7.31.31',
      nodeMajor: 49,
      outcomes: { agent: 'OTHER' },
    });
  });

  it('comes back as it was given, whatever the outcome of a link', () => {
    const links = fc.constantFrom(...LINKS);
    const codes = fc.constantFrom<RefusalCode>(
      'CONFIG_INVALID',
      'MODULE_FAILED',
      'TOKEN_ABSENT',
      'SIGNER_EXPIRED',
    );
    fc.assert(
      fc.property(links, codes, fc.nat(7), fc.nat(31), (link, code, major, minor) => {
        const facts = readSupportCode(supportCode(`${major}.${minor}.0`, 20, [broken(link, code)]));
        expect(facts?.agentVersion).toBe(`${major}.${minor}.0`);
        expect([code, 'OTHER']).toContain(facts?.outcomes[link]);
      }),
    );
  });
});
