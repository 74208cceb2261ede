// Stands in for modules that autobahn asks for and can do without.
module.exports = {};
