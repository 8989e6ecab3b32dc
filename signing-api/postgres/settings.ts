/** The owner of the embedded database and its only login. */
export const owner = 'kyso';
export const database = 'kyso';

/** Sizes suit one machine of 4 GB and more; an installation that needs others sets DATABASE_URL. */
const settings = {
  // nothing acknowledged is ever lost
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // the socket is the only door
  listen_addresses: '',
  port: '5432',
  unix_socket_permissions: '0700',
  password_encryption: 'scram-sha-256',
  // imports of a million rows
  shared_buffers: '256MB',
  maintenance_work_mem: '128MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  max_connections: '60',
  huge_pages: 'off',
  jit: 'off',
  timezone: 'UTC',
  // Error messages quote values, which here are people's: they go to the client that caused them, never to the file.
  log_timezone: 'UTC',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

export function serverArguments(cluster: string, socketFolder: string): string[] {
  const all = { ...settings, unix_socket_directories: socketFolder };
  return ['-D', cluster, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

export function connectionString(socketFolder: string, password: string, name: string = database): string {
  return `postgresql://${owner}:${password}@/${name}?host=${encodeURIComponent(socketFolder)}&port=${settings.port}`;
}
