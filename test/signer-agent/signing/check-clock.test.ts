import { describe, expect, it } from 'vitest';
import { checkClock, serverDate } from '#signer-agent/signing/check-clock';

const server = new Date('2022-04-29T08:15:00Z');
const later = (seconds: number) => new Date(server.getTime() + seconds * 1000);

describe("this machine's clock", () => {
  it.each([0, 300, -300])('may be %i s off', (seconds) => {
    expect(() => checkClock(server, later(seconds))).not.toThrow();
  });

  it.each([
    [301, '301 s ahead of the server'],
    [-301, '301 s behind the server'],
    [86_400 * 365, '31536000 s ahead of the server'],
  ])('is refused %i s off, and says so', (seconds, detail) => {
    expect(() => checkClock(server, later(seconds))).toThrow(
      expect.objectContaining({ code: 'CLOCK_WRONG', detail }) as Error,
    );
  });
});

describe("the server's time", () => {
  it('is its Date header', () => {
    expect(serverDate(new Headers({ date: 'Fri, 29 Apr 2022 08:15:00 GMT' }))).toEqual(server);
  });

  it.each(['', '2022-04-29T08:15:00Z', 'Thu, 29 Apr 2022 08:15:00 GMT', 'Fri, 29 Apr 2022 08:15:00', 'soon'])(
    'is not "%s"',
    (date) => {
      expect(serverDate(new Headers({ date }))).toBeNull();
    },
  );

  it('is unknown without one', () => {
    expect(serverDate(new Headers())).toBeNull();
  });
});
