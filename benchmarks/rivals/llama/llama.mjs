// Measures llama.cpp: node llama.mjs MODEL THREADS; then lines "decode N" or "prefill N" on standard input, each answered
// with "result TOKENS_A_SECOND". The first result means that the model is loaded.
import {createInterface} from "node:readline";
import {getLlama, LlamaLogLevel} from "node-llama-cpp";

const [modelPath, threads] = process.argv.slice(2);
const llama = await getLlama({
    gpu: false, build: "never", maxThreads: Number(threads), logLevel: LlamaLogLevel.error
});
const model = await llama.loadModel({modelPath});
const context = await model.createContext({contextSize: 1024, batchSize: 512, threads: Number(threads)});
const sequence = context.getSequence();
const prompt = (tokens) => Array.from({length: tokens}, (_, i) => 100 + i);

async function decode(tokens) {
    await sequence.clearHistory();
    let start;
    let count = 0;
    for await (const token of sequence.evaluate(prompt(16), {temperature: 0, yieldEogToken: true})) {
        if (count === 0) {
            start = process.hrtime.bigint();
        }
        if (count++ === tokens) {
            break;
        }
    }
    return tokens * 1e9 / Number(process.hrtime.bigint() - start);
}

async function prefill(tokens) {
    await sequence.clearHistory();
    const start = process.hrtime.bigint();
    for await (const token of sequence.evaluate(prompt(tokens), {temperature: 0, yieldEogToken: true})) {
        break;
    }
    return tokens * 1e9 / Number(process.hrtime.bigint() - start);
}

console.log("result 0");
for await (const line of createInterface({input: process.stdin})) {
    const [what, tokens] = line.split(" ");
    console.log("result " + await (what === "decode" ? decode : prefill)(Number(tokens)));
}
process.exit(0);
