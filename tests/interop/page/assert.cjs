// What msgpack5 uses of Node's module.
module.exports = (condition, message) => { if (!condition) throw new Error(message); };
