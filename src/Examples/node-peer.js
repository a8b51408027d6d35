#!/usr/bin/env node
'use strict';
// A Node.js program that talks with PowerShell over sockets: the other side of New-ProcessListener and Connect-ProcessPipe.
//
//     node node-peer.js listen  tcp://127.0.0.1:0            waits for a connection, and answers what is asked over it
//     node node-peer.js connect tcp://127.0.0.1:5000         connects, and answers what is asked over the connection
//     node node-peer.js ask     unix:///tmp/some.sock 1 2 3  connects, asks for the sum of the numbers, and prints it
//
// The key is in the environment variable PEER_KEY; without it there is none. Frames and handshake are those of docs/WIRE.md, and the messages are MessagePack (npm install @msgpack/msgpack).
const crypto = require('node:crypto');
const net = require('node:net');
const { once } = require('node:events');
const { decode, encode } = require('@msgpack/msgpack');

const CHALLENGE = Buffer.from('#CHALLENGE#');
const WELCOME = Buffer.from('#WELCOME#');
const FAILURE = Buffer.from('#FAILURE#');
const MOST_OF_HANDSHAKE = 256;
const MOST = 2 ** 30;

class Connection {
  constructor(socket) {
    this.socket = socket;
    this.limit = MOST_OF_HANDSHAKE;
    this.frames = this.read();
  }

  // The bodies of the frames, as they come. A long one is put together once, when all of it is there.
  async *read() {
    let chunks = [];
    let length = 0;
    let need = 4;
    for await (const chunk of this.socket) {
      chunks.push(chunk);
      length += chunk.length;
      while (length >= need) {
        let bytes = Buffer.concat(chunks, length);
        const isLong = bytes.readInt32BE(0) === -1;
        const header = isLong ? 12 : 4;
        let size = 0;
        if (length >= header) {
          size = isLong ? Number(bytes.readBigUInt64BE(4)) : bytes.readInt32BE(0);
          if (size < 0 || size > this.limit) throw new Error(`A frame of ${size} bytes was announced.`);
        }
        need = header + size;
        if (length >= need) {
          yield bytes.subarray(header, need);
          bytes = bytes.subarray(need);
          length = bytes.length;
          need = 4;
        }
        chunks = [bytes];
      }
    }
    if (length > 0) throw new Error('The connection ended within a frame.');
  }

  // The next frame's body, or null at the end.
  async receiveBytes() {
    const { value, done } = await this.frames.next();
    return done ? null : value;
  }

  async sendBytes(body) {
    const header = Buffer.alloc(body.length > 0x7fffffff ? 12 : 4);
    if (header.length === 4) {
      header.writeInt32BE(body.length);
    } else {
      header.writeInt32BE(-1);
      header.writeBigUInt64BE(BigInt(body.length), 4);
    }
    this.socket.write(header);
    if (!this.socket.write(body)) await once(this.socket, 'drain');
  }

  async receive() {
    const body = await this.receiveBytes();
    return body === null ? null : decode(body, { useBigInt64: true });
  }

  send(message) {
    return this.sendBytes(Buffer.from(encode(message, { useBigInt64: true })));
  }

  // The other side shows that it has the key.
  async deliverChallenge(key) {
    const challenge = Buffer.concat([Buffer.from('{sha256}'), crypto.randomBytes(40)]);
    await this.sendBytes(Buffer.concat([CHALLENGE, challenge]));
    const response = await this.receiveBytes() ?? Buffer.alloc(0);

    // Python up to 3.11 answers with the bare HMAC-MD5.
    const isOld = response.length === 16;
    const digest = crypto.createHmac(isOld ? 'md5' : 'sha256', key).update(challenge).digest();
    const expected = isOld ? digest : Buffer.concat([Buffer.from('{sha256}'), digest]);
    const isRight = response.length === expected.length && crypto.timingSafeEqual(response, expected);
    await this.sendBytes(isRight ? WELCOME : FAILURE);
    if (!isRight) throw new Error('The other side has another key.');
  }

  // This side shows that it has the key.
  async answerChallenge(key) {
    const frame = await this.receiveBytes() ?? Buffer.alloc(0);
    if (!frame.subarray(0, CHALLENGE.length).equals(CHALLENGE)) throw new Error('The other side asks for no key.');
    const challenge = frame.subarray(CHALLENGE.length);
    const isOld = challenge.length === 20;
    if (!isOld && !challenge.subarray(0, 8).equals(Buffer.from('{sha256}'))) throw new Error('The challenge is none that this program knows.');
    const digest = crypto.createHmac(isOld ? 'md5' : 'sha256', key).update(challenge).digest();
    await this.sendBytes(isOld ? digest : Buffer.concat([Buffer.from('{sha256}'), digest]));
    if (!(await this.receiveBytes())?.equals(WELCOME)) throw new Error('The other side has another key.');
  }

  // A listener asks first, and is asked then.
  async authenticate(key, isListener) {
    if (key !== undefined) {
      if (isListener) await this.deliverChallenge(key);
      await this.answerChallenge(key);
      if (!isListener) await this.deliverChallenge(key);
    }
    this.limit = MOST;
  }
}

// Answers requests until the other side closes the connection.
async function answer(connection) {
  for (let request; (request = await connection.receive()) !== null;) {
    switch (request.op) {
      case 'sum':
        await connection.send({ ok: true, result: request.numbers.reduce((sum, number) => Number(sum) + Number(number), 0) });
        break;
      case 'echo':
        await connection.send({ ok: true, result: request.value });
        break;
      case 'reverse':
        // What follows is bytes without MessagePack.
        await connection.sendBytes(Buffer.from(await connection.receiveBytes()).reverse());
        break;
      default:
        await connection.send({ ok: false, error: `nobody here can do '${request.op}'` });
    }
  }
}

async function listen(target, key) {
  const server = net.createServer().listen(target);
  await once(server, 'listening');
  const real = server.address();
  console.log(typeof real === 'string' ? `unix://${real}` : `tcp://${real.address}:${real.port}`);
  const [socket] = await once(server, 'connection');
  server.close();
  const connection = new Connection(socket);
  await connection.authenticate(key, true);
  await answer(connection);
}

async function connect(target, key, role, numbers) {
  const socket = net.connect(target);
  await once(socket, 'connect');
  const connection = new Connection(socket);
  await connection.authenticate(key, false);
  if (role === 'ask') {
    await connection.send({ op: 'sum', numbers: numbers.map(Number) });
    console.log(String((await connection.receive()).result));
    socket.destroy();
  } else {
    await answer(connection);
  }
}

async function main(role, address, ...numbers) {
  const url = new URL(address);
  const target = url.protocol === 'unix:' ? { path: decodeURIComponent(url.pathname) } : { host: url.hostname, port: Number(url.port) };
  const key = process.env.PEER_KEY;
  await (role === 'listen' ? listen(target, key) : connect(target, key, role, numbers));
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
