// What msgpack5 uses of Node's module.
module.exports = { inherits: require('inherits') };
