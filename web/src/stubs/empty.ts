/**
 * Stands in for the modules that autobahn loads and this page never uses (CBOR, crypto-js, when, polyfills).
 * The page brings its own serializer, challenge signing and promises, so nothing here is ever called.
 */
export default {}
