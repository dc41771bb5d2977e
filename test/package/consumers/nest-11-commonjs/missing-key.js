const assert = require('node:assert');
const { spawnSync } = require('node:child_process');

if (process.argv[2] === 'boot') {
  const { NestFactory } = require('@nestjs/core');
  const { AppModule } = require('./app.js');
  void NestFactory.create(AppModule).then((app) => app.listen(0));
} else {
  const { status, stdout, stderr } = spawnSync(process.execPath, [__filename, 'boot'], {
    encoding: 'utf8',
  });
  assert.notEqual(status, 0);
  assert.match(stdout + stderr, /COHERE_API_KEY_MISSING {2}/);
  assert.match(stdout + stderr, /Fix {5}/);
}
