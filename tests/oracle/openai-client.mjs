// Talks to a gateway through OpenAI's official client: node openai-client.mjs <base URL with /v1> <model>. Prints what it got as JSON.
import OpenAI from 'openai';

const [baseURL, model] = process.argv.slice(2);
const client = new OpenAI({ apiKey: 'unused', baseURL, maxRetries: 0, timeout: 30_000 });
const question = { model, max_tokens: 40, temperature: 0, messages: [{ role: 'user', content: 'Who can read my prompt?' }] };

const models = [];
for await (const each of client.models.list()) models.push(each.id);

const whole = await client.chat.completions.create({ ...question, enable_debug: true });

const parts = [];
let streamedUsage = null;
let streamedDebug = null;
for await (const chunk of await client.chat.completions.create({ ...question, stream: true, stream_options: { include_usage: true }, enable_debug: true })) {
  const text = chunk.choices[0]?.delta?.content;
  if (text) parts.push(text);
  if (chunk.usage) streamedUsage = chunk.usage;
  if (chunk.debug) streamedDebug = chunk.debug;
}
const gathered = await client.chat.completions.stream({ ...question, enable_debug: true }).finalChatCompletion();

const completion = await client.completions.create({ model, prompt: 'Cocoon is', max_tokens: 10, temperature: 0 });

let error = null;
try {
  await client.chat.completions.create({ ...question, model: 'no-such-model' });
} catch (caught) {
  error = { isNotFound: caught instanceof OpenAI.NotFoundError, status: caught.status, code: caught.code, param: caught.param, message: caught.message };
}

console.log(JSON.stringify({
  models,
  text: whole.choices[0].message.content,
  usage: whole.usage,
  parts,
  streamedUsage,
  debug: whole.debug,
  streamedDebug,
  gathered: gathered.choices[0].message.content,
  completion: completion.choices[0].text,
  error,
}));
