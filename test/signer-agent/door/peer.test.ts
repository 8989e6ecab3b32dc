import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { fromOwnUser, ownerOf } from '#signer-agent/door/peer';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:44F2 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31415 1 0 100 0 0 10 0
   1: 0100007F:44F2 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 31416 1 0 20 4 30 10 -1
   2: 0100007F:9C40 0100007F:44F2 01 00000000:00000000 00:00000000 00000000  1001        0 31417 1 0 20 4 30 10 -1
`;

it("tells whose program has connected: the caller's end of the connection, not the door's", () => {
  expect(ownerOf(table, 40000, 17650)).toBe(1001);
  expect(ownerOf(table, 17650, 40000)).toBe(1000);
  expect(ownerOf(table, 40001, 17650)).toBeNull();
});

it('knows a program of its own user, as the system lists it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const caller = connect(port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  expect(ownerOf(readFileSync('/proc/net/tcp', 'utf8'), socket.remotePort ?? 0, port)).toBe(
    process.getuid?.(),
  );
  expect(fromOwnUser(socket)).toBe(true);
  expect(fromOwnUser({ remotePort: 1, localPort: port })).toBe(false);
  caller.destroy();
  server.close();
});
