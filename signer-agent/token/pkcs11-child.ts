import { Pkcs11Engine } from './pkcs11-engine.ts';
import { Pkcs11Module } from './pkcs11.ts';
import { serveToken } from './serve-token.ts';

/** The process that owns one PKCS#11 module. */
serveToken((file) => new Pkcs11Engine(new Pkcs11Module(file)));
