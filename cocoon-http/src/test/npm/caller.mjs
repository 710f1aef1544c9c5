// Calls the local port with OpenAI's SDK, as an application would, and prints what it saw as one JSON document.
import OpenAI from "openai";

const { BASE_URL, KEY, MODEL } = process.env;
const openai = new OpenAI({ baseURL: BASE_URL, apiKey: KEY, maxRetries: 0 });
const messages = [{ role: "user", content: "Who are you?" }];

async function refused(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return { kind: error.constructor.name, status: error.status ?? null, code: error.code ?? null };
  }
}

const models = [];
for await (const model of openai.models.list()) {
  models.push(model.id);
}
const one = await openai.models.retrieve(MODEL);

const { data: chat, response } = await openai.chat.completions
  .create({ model: MODEL, messages, max_tokens: 100 })
  .withResponse();

let streamed = "";
let pieces = 0;
for await (const chunk of await openai.chat.completions.create({ model: MODEL, messages, max_tokens: 100, stream: true })) {
  streamed += chunk.choices[0]?.delta?.content ?? "";
  pieces++;
}

const completion = await openai.completions.create({ model: MODEL, prompt: "Once", max_tokens: 50 });

console.log(
  JSON.stringify({
    models,
    one: one.id,
    chat: chat.choices[0].message.content,
    tokens: chat.usage.total_tokens,
    bill: response.headers.get("x-cocoon-bill"),
    streamed,
    pieces,
    completion: completion.choices[0].text,
    unknownModel: await refused(() => openai.chat.completions.create({ model: "no/such", messages })),
    wrongKey: await refused(() => openai.withOptions({ apiKey: "a-key-that-nobody-has" }).models.list()),
    broken: await refused(() => openai.chat.completions.create({ model: MODEL, messages, max_tokens: "many" })),
  }),
);
