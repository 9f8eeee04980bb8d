// What a program in TypeScript does with the released SDK: `node typescript.cjs FOLDER ADDRESS KEY`, FOLDER being where
// `node_modules` stand. Prints what came of it as JSON.

const [folder, address, key] = process.argv.slice(2);
const { Client } = require(`${folder}/node_modules/@julep/sdk`);
const say = (content) => [{ role: "user", content }];
const failed = (promise) => promise.then(() => null, (error) => [error.status, error.body]);

async function main() {
  const client = new Client({ apiKey: key, baseUrl: `${address}/api` });
  const came = {};
  const agent = await client.agents.create({
    name: "Ada",
    about: "a pilot",
    instructions: ["Be brief."],
    docs: [{ title: "Ferry", content: "It leaves at 9:15." }],
    default_settings: { temperature: 0.5 },
  });
  const user = await client.users.create({ name: "Bo", about: "likes maps" });
  const session = await client.sessions.create({ agentId: agent.id, userId: user.id, situation: "At sea." });

  came.agent = await client.agents.get(agent.id);
  came.answer = await client.sessions.chat(session.id, { messages: say("say hello there"), max_tokens: 50 });
  came.history = await client.sessions.history(session.id);
  came.docs = await client.docs.list({ agentId: agent.id });
  came.tool = await client.tools.create({
    agentId: agent.id,
    tool: { type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } },
  });
  came.tools = await client.tools.list(agent.id);
  await client.agents.update(agent.id, { about: "an old pilot" });
  came.updated = (await client.agents.get(agent.id)).about;
  came.agents = (await client.agents.list()).map((each) => each.id);
  came.sessions = (await client.sessions.list()).map((each) => each.id);
  await client.sessions.deleteHistory(session.id);
  came.forgotten = await client.sessions.history(session.id);
  await client.users.delete(user.id);
  came.unknown = await failed(client.users.get(user.id));
  came.completion = await client.chat.completions.create({ model: "any", messages: say("say from openai") });
  const pieces = await client.chat.completions.create({ model: "any", messages: say("say in pieces"), stream: true });
  came.pieces = [];
  for await (const piece of pieces) came.pieces.push(piece.choices[0].delta.content ?? "");
  console.log(JSON.stringify(came));
}

main().catch((error) => {
  console.error(error.message, JSON.stringify(error.body ?? null), error.stack);
  process.exitCode = 1;
});
