"""Trains the demonstration model from scratch and writes it as a Hugging Face folder.

    python3 train.py OUT [STEPS]

Needs PyTorch (1.13 or later) and a CPU. Everything is derived from seed 7, so a run repeats itself on the
same version of PyTorch. Progress goes to OUT/training.log, a checkpoint to OUT/checkpoint.pt every 208 steps; a run that
finds one goes on from it.
"""
import json
import math
import os
import random
import re
import struct
import sys
import time
from collections import Counter

import torch
import torch.nn.functional as F

import corpus

SEED = 7
HIDDEN, LAYERS, HEADS, KV_HEADS, HEAD, FEED = 192, 6, 6, 2, 32, 512
VOCAB, CONTEXT, BATCH, POOL = 1536, 256, 40, 16
ROPE_BASE, EPS = 10000.0, 1e-6
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
PATTERN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
# The corpus is plain ASCII, where these two mean the same.
SPLIT = re.compile(PATTERN.replace(r"\p{L}", "a-zA-Z").replace("[^\\r\\na-zA-Z\\p{N}]?a-zA-Z+", "[^\\r\\na-zA-Z0-9]?[a-zA-Z]+")
                   .replace(r"|\p{N}|", "|[0-9]|").replace(r"\p{N}", "0-9"))
TEMPLATE = ("{%- for message in messages %}"
            "{%- if message.role not in ['system', 'user', 'assistant'] %}{{- raise_exception('this model knows no role ' ~ message.role) }}{%- endif %}"
            "{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endfor %}"
            "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}")


def byte_letters():
    """The printable letter of each byte, as byte-level BPE files write them."""
    plain = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    letters = {b: chr(b) for b in plain}
    extra = 0
    for b in range(256):
        if b not in letters:
            letters[b] = chr(256 + extra)
            extra += 1
    return letters


class Tokenizer:
    def __init__(self, texts):
        letters = byte_letters()
        counts = Counter(piece for text in texts for piece in SPLIT.findall(text))
        words = [([letters[b] for b in piece.encode()], n) for piece, n in sorted(counts.items())]
        self.vocab = {letters[b]: i for i, b in enumerate(range(256))}
        self.merges = []
        while len(self.vocab) + len(SPECIAL) < VOCAB:
            pairs = Counter()
            for symbols, n in words:
                for pair in zip(symbols, symbols[1:]):
                    pairs[pair] += n
            (a, b), _ = max(pairs.items(), key=lambda item: (item[1], item[0]))
            self.merges.append((a, b))
            self.vocab[a + b] = len(self.vocab)
            for symbols, _ in words:
                i = 0
                while i < len(symbols) - 1:
                    if symbols[i] == a and symbols[i + 1] == b:
                        symbols[i:i + 2] = [a + b]
                    i += 1
        self.ranks = {pair: i for i, pair in enumerate(self.merges)}
        self.special = {text: len(self.vocab) + i for i, text in enumerate(SPECIAL)}
        self.letters, self.cache = letters, {}
        self.text_of = {i: t for t, i in self.vocab.items()}
        self.byte_of = {c: b for b, c in letters.items()}

    def encode(self, text):
        ids = []
        for piece in SPLIT.findall(text):
            if piece not in self.cache:
                symbols = [self.letters[b] for b in piece.encode()]
                while len(symbols) > 1:
                    rank, i = min((self.ranks.get(pair, 1 << 30), i) for i, pair in enumerate(zip(symbols, symbols[1:])))
                    if rank == 1 << 30:
                        break
                    symbols[i:i + 2] = [symbols[i] + symbols[i + 1]]
                self.cache[piece] = [self.vocab[s] for s in symbols]
            ids += self.cache[piece]
        return ids

    def decode(self, ids):
        return bytes(self.byte_of[c] for i in ids if i in self.text_of for c in self.text_of[i]).decode(errors="replace")

    def render(self, turns, ask=False):
        """Token ids of a dialogue, and for each whether the model has to learn it."""
        start, end = self.special["<|im_start|>"], self.special["<|im_end|>"]
        ids, learn = [], []
        for role, content in turns:
            head, body = [start] + self.encode(role + "\n"), self.encode(content) + [end]
            ids += head + body + self.encode("\n")
            own = role == "assistant"
            learn += [False] * len(head) + [own] * len(body) + [False]
        if ask:
            ids += [start] + self.encode("assistant\n")
        return ids, learn


class Norm(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(size))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPS) * self.weight


def rotate(x, cos, sin):
    a, b = x[..., :HEAD // 2], x[..., HEAD // 2:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        line = lambda a, b: torch.nn.Linear(a, b, bias=False)
        self.input_layernorm, self.post_attention_layernorm = Norm(HIDDEN), Norm(HIDDEN)
        self.self_attn = torch.nn.ModuleDict({
            "q_proj": line(HIDDEN, HEADS * HEAD), "k_proj": line(HIDDEN, KV_HEADS * HEAD), "v_proj": line(HIDDEN, KV_HEADS * HEAD),
            "o_proj": line(HEADS * HEAD, HIDDEN), "q_norm": Norm(HEAD), "k_norm": Norm(HEAD)})
        self.mlp = torch.nn.ModuleDict({"gate_proj": line(HIDDEN, FEED), "up_proj": line(HIDDEN, FEED), "down_proj": line(FEED, HIDDEN)})

    def forward(self, x, cos, sin, mask):
        n, t, _ = x.shape
        at, h = self.self_attn, self.input_layernorm(x)
        q = rotate(at["q_norm"](at["q_proj"](h).view(n, t, HEADS, HEAD)).transpose(1, 2), cos, sin)
        k = rotate(at["k_norm"](at["k_proj"](h).view(n, t, KV_HEADS, HEAD)).transpose(1, 2), cos, sin)
        v = at["v_proj"](h).view(n, t, KV_HEADS, HEAD).transpose(1, 2)
        k, v = k.repeat_interleave(HEADS // KV_HEADS, 1), v.repeat_interleave(HEADS // KV_HEADS, 1)
        scores = (q @ k.transpose(-1, -2) / math.sqrt(HEAD) + mask).softmax(-1)
        x = x + at["o_proj"]((scores @ v).transpose(1, 2).reshape(n, t, HEADS * HEAD))
        h = self.post_attention_layernorm(x)
        return x + self.mlp["down_proj"](F.silu(self.mlp["gate_proj"](h)) * self.mlp["up_proj"](h))


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed_tokens = torch.nn.Embedding(VOCAB, HIDDEN)
        self.layers = torch.nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = Norm(HIDDEN)
        for name, p in self.named_parameters():
            if p.dim() == 2:
                torch.nn.init.normal_(p, std=0.02 / (math.sqrt(2 * LAYERS) if "o_proj" in name or "down_proj" in name else 1))
        angles = torch.outer(torch.arange(CONTEXT).float(), ROPE_BASE ** (-torch.arange(0, HEAD, 2).float() / HEAD))
        self.cos, self.sin = angles.cos(), angles.sin()
        self.mask = torch.full((CONTEXT, CONTEXT), -1e9).triu(1)

    def forward(self, ids):
        t = ids.shape[1]
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x, self.cos[:t], self.sin[:t], self.mask[:t, :t])
        return self.norm(x)

    def head(self, x):
        return x @ self.embed_tokens.weight.T


def batches(tokenizer, rng):
    """POOL batches, each of dialogues of about one length, so that little of the work goes into padding."""
    rows = []
    while len(rows) < BATCH * POOL:
        ids, learn = tokenizer.render(corpus.dialogue(rng))
        if len(ids) <= CONTEXT:
            rows.append((ids, learn))
    rows.sort(key=lambda row: len(row[0]))
    order = list(range(POOL))
    rng.shuffle(order)
    return [tensors(tokenizer, rows[i * BATCH:(i + 1) * BATCH]) for i in order]


def tensors(tokenizer, rows):
    longest = max(len(ids) for ids, _ in rows)
    pad = tokenizer.special["<|endoftext|>"]
    inputs = torch.tensor([ids + [pad] * (longest - len(ids)) for ids, _ in rows])
    wanted = torch.tensor([[i if own else -100 for i, own in zip(ids, learn)] + [-100] * (longest - len(ids)) for ids, learn in rows])
    return inputs[:, :-1], wanted[:, 1:]


@torch.no_grad()
def answer(model, tokenizer, turns, limit=60):
    ids, _ = tokenizer.render(turns, ask=True)
    out = []
    while len(out) < limit and len(ids) + len(out) < CONTEXT:
        best = model.head(model(torch.tensor([ids + out]))[0, -1]).argmax().item()
        if best == tokenizer.special["<|im_end|>"]:
            break
        out.append(best)
    return tokenizer.decode(out)


def evaluate(model, tokenizer, cases):
    right, all_ = Counter(), Counter()
    misses = []
    for kind, turns, wanted in cases:
        said = answer(model, tokenizer, turns)
        all_[kind] += 1
        right[kind] += said in wanted
        if said not in wanted:
            misses.append((turns[-1][1], said))
    return {kind: f"{right[kind]}/{all_[kind]}" for kind in sorted(all_)}, sum(right.values()), misses


def export(model, tokenizer, out):
    """bfloat16 safetensors, rounded to nearest even, and the files that a loader expects beside it."""
    tensors, data, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, p in sorted(model.named_parameters()):
        raw = p.detach().bfloat16().view(torch.int16).contiguous().numpy().tobytes()
        tensors["model." + name] = {"dtype": "BF16", "shape": list(p.shape), "data_offsets": [offset, offset + len(raw)]}
        data.append(raw)
        offset += len(raw)
    header = json.dumps(tensors, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    with open(f"{out}/model.safetensors", "wb") as f:
        f.write(struct.pack("<Q", len(header)) + header + b"".join(data))
    end, pad, start = (tokenizer.special[s] for s in ("<|im_end|>", "<|endoftext|>", "<|im_start|>"))
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    files = {
        "config.json": {
            "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "hidden_size": HIDDEN, "intermediate_size": FEED,
            "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "head_dim": HEAD,
            "rms_norm_eps": EPS, "rope_theta": ROPE_BASE, "rope_scaling": None, "max_position_embeddings": CONTEXT, "tie_word_embeddings": True,
            "hidden_act": "silu", "attention_bias": False, "use_sliding_window": False, "eos_token_id": end, "vocab_size": VOCAB, "torch_dtype": "bfloat16"},
        "generation_config.json": {"do_sample": False, "eos_token_id": [end, pad], "pad_token_id": pad},
        "tokenizer_config.json": {
            "bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "unk_token": None, "add_bos_token": False,
            "tokenizer_class": "Qwen2Tokenizer", "clean_up_tokenization_spaces": False, "model_max_length": CONTEXT, "chat_template": TEMPLATE},
        "tokenizer.json": {
            "version": "1.0", "truncation": None, "padding": None,
            "added_tokens": [{"id": i, "content": s, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
                             for s, i in tokenizer.special.items()],
            "normalizer": {"type": "NFC"},
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Isolated", "invert": False}, byte_level]},
            "post_processor": byte_level, "decoder": byte_level,
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": False,
                      "byte_fallback": False, "ignore_merges": False, "vocab": tokenizer.vocab, "merges": [list(m) for m in tokenizer.merges]}},
    }
    for name, content in files.items():
        with open(f"{out}/{name}", "w") as f:
            json.dump(content, f, ensure_ascii=False, indent=None if name == "tokenizer.json" else 1)


def main():
    out, steps = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3200
    os.makedirs(out, exist_ok=True)
    torch.manual_seed(SEED)
    # The matrices are small: a second thread makes it slower.
    torch.set_num_threads(1)
    texts = random.Random(SEED)
    tokenizer = Tokenizer([content for _ in range(6000) for _, content in corpus.dialogue(texts)] + ["system\n", "user\n", "assistant\n"] * 50)
    cases = corpus.held_out(random.Random(1234), 240)
    model = Model()
    decay = [p for p in model.parameters() if p.dim() == 2]
    rest = [p for p in model.parameters() if p.dim() != 2]
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}], lr=2e-3, betas=(0.9, 0.98))
    first = 0
    if os.path.exists(f"{out}/checkpoint.pt"):
        saved = torch.load(f"{out}/checkpoint.pt")
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        first = saved["step"]
    log = open(f"{out}/training.log", "a", buffering=1)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, vocabulary {VOCAB}, {steps} steps, PyTorch {torch.__version__}", file=log)
    began, tokens, losses = time.time(), 0, []
    for step in range(first, steps):
        rate = 2e-3 * min(1, (step + 1) / 60) * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        if step % POOL == 0:
            pool = batches(tokenizer, random.Random(SEED * 1_000_003 + step))
        inputs, wanted = pool[step % POOL]
        learned = wanted != -100
        loss = F.cross_entropy(model.head(model(inputs)[learned]), wanted[learned])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        tokens += inputs.numel()
        losses.append(loss.item())
        if (step + 1) % 50 == 0:
            print(f"step {step + 1} loss {sum(losses) / len(losses):.4f} rate {rate:.2e} {tokens / (time.time() - began):.0f} tokens/s {time.time() - began:.0f} s", file=log)
            losses = []
        if (step + 1) % (13 * POOL) == 0 or step + 1 == steps:
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1}, f"{out}/checkpoint.pt")
            export(model, tokenizer, out)
        if (step + 1) % (39 * POOL) == 0 or step + 1 == steps:
            # What is exported is rounded, so that is what is judged.
            judged = Model()
            judged.load_state_dict({k: v.bfloat16().float() for k, v in model.state_dict().items()})
            shares, right, misses = evaluate(judged, tokenizer, cases)
            print(f"held out: {right} of {len(cases)} word for word right: {shares}", file=log)
            for question, said in misses[:12]:
                print(f"  missed: {question} -> {said}", file=log)
    with open(f"{out}/held-out.json", "w") as f:
        json.dump([{"kind": kind, "messages": [{"role": r, "content": c} for r, c in turns], "right": right} for kind, turns, right in cases], f, indent=1)


if __name__ == "__main__":
    main()
