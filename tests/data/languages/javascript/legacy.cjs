const fs = require('fs');
const { format } = require('util');

function Reader(path) {
  return fs.readFileSync(path);
}

exports.load = function (path) {
  return Reader(format(path));
};

module.exports.save = save;

function save(path, data) {
  fs.writeFileSync(path, data);
}
