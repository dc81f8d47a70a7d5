/**
 * One side of a measurement of mail in a process of its own, told what to do by its parent's messages:
 *   child.ts take                     says its ports, for a bare channel and for mail, and what came when it is asked
 *   child.ts send WAY CHANNEL MAIL    sends in one way, so many at a time, for as long as it lives
 */
import { type Channel, type Endpoint, Mailboxes, openEndpoint } from "../../src/channel/index.ts";
import { createNodeWorld } from "../../src/node/index.ts";
import type { Way } from "../mailbox.ts";
import { cpuMs, endWithParent, say, serveParent } from "../support/child-side.ts";

export interface Count {
  readonly messages: number;
  readonly atMs: number;
  readonly cpuMs: number;
}

export interface Begin {
  readonly bytes: number;
  readonly inFlight: number;
}

const HOST = "127.0.0.1";
const bind = { host: HOST, port: 0 };
const world = createNodeWorld();
endWithParent();

function mailboxes(endpoint: () => Endpoint, port: number): Mailboxes {
  return new Mailboxes(world, {
    connect: (to) => endpoint().connect(to),
    locate: () => ({ host: HOST, port }),
  });
}

async function take(): Promise<void> {
  let messages = 0;
  const bare = await openEndpoint(world, {
    bind,
    onChannel: (channel) => {
      channel.onMessage = (message) => {
        messages++;
        // Its first byte says whether it is to come back.
        if (message[0] === 1) channel.send(message);
      };
    },
  });
  const mail = mailboxes(() => endpoint, 0);
  const endpoint = await openEndpoint(world, { bind, onChannel: (channel) => mail.accept(channel) });
  const box = mail.open("box");
  box.onArrival = () => {
    for (let next = box.poll(); next !== undefined; next = box.poll()) {
      messages++;
      next.reply?.(next.message);
    }
  };
  say([bare.local.port, endpoint.local.port]);
  serveParent(() => say({ messages, atMs: performance.now(), cpuMs: cpuMs() } satisfies Count));
}

/** A channel takes what it takes; the rest when it has room. */
function flood(channel: Channel, message: Uint8Array): void {
  const pump = () => {
    while (channel.send(message) > 0);
  };
  channel.onDrain = pump;
  pump();
}

function bounce(channel: Channel, message: Uint8Array, inFlight: number): void {
  message[0] = 1;
  channel.onMessage = () => void channel.send(message);
  for (let i = 0; i < inFlight; i++) channel.send(message);
}

/** A turn's worth at a time: others have theirs between. */
const POSTS = 4096;

async function post(mail: Mailboxes, message: Uint8Array): Promise<never> {
  for (;;) {
    let posted = 0;
    while (posted < POSTS && mail.post("box", message)) posted++;
    if (posted < POSTS) await mail.send("box", message, { until: "buffered" });
    else await new Promise(setImmediate);
  }
}

async function buffer(mail: Mailboxes, message: Uint8Array): Promise<never> {
  for (;;) {
    for (let sent = 0; sent < POSTS; sent++) await mail.send("box", message, { until: "buffered" });
    await new Promise(setImmediate);
  }
}

async function again(step: () => Promise<unknown>): Promise<never> {
  for (;;) await step();
}

async function send(way: Way, channelPort: number, mailPort: number): Promise<void> {
  const endpoint = await openEndpoint(world, { bind });
  const mail = mailboxes(() => endpoint, mailPort);
  const channel = await endpoint.connect({ host: HOST, port: channelPort });
  const begin = ({ bytes, inFlight }: Begin): void => {
    const message = new Uint8Array(bytes);
    if (way === "channel") flood(channel, message);
    else if (way === "channel and back") bounce(channel, message, inFlight);
    else if (way === "posted") void post(mail, message);
    else if (way === "buffered") void buffer(mail, message);
    else {
      const step =
        way === "answered"
          ? () => mail.request("box", message)
          : () => mail.send("box", message, { until: way });
      for (let i = 0; i < inFlight; i++) void again(step);
    }
  };
  serveParent((request: Begin | "count") => {
    if (request === "count") say(cpuMs());
    else begin(request);
  });
  say("ready");
}

const [role, way, channelPort, mailPort] = process.argv.slice(2);
if (role === "take") await take();
else await send(way as Way, Number(channelPort), Number(mailPort));
