import { Pkcs12Engine } from './pkcs12-engine.ts';
import { serveToken } from './serve-token.ts';

/** The process that opens one PKCS#12 file, and holds its key. */
serveToken((file) => new Pkcs12Engine(file));
