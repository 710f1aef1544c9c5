"""Makes models of random shapes with the logits that Hugging Face's transformers computes for them, in the form of our
golden files, so that `.ci/conformance FOLDER` compares the engine with a program that is not ours. See README.md."""

import argparse
import json
import math
import random
import shutil
from pathlib import Path

import gguf
import numpy as np
import torch
import transformers
from gguf import GGMLQuantizationType as Type

TYPES = {name: Type[name] for name in ("F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K")}
DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
FAMILIES = {
    "qwen3": ("tiny-qwen3", "qwen3", transformers.Qwen3Config, transformers.Qwen3ForCausalLM),
    "qwen2": ("tiny-qwen2", "qwen2", transformers.Qwen2Config, transformers.Qwen2ForCausalLM),
    "llama": ("tiny-llama3", "llama", transformers.LlamaConfig, transformers.LlamaForCausalLM),
    "gemma": ("tiny-gemma3", "gemma3", transformers.Gemma3TextConfig, transformers.Gemma3ForCausalLM),
}
TEXT_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
GREEDY_STEPS = 12


def rotary(family, rng):
    if family == "gemma":
        whole = {"rope_type": "default", "rope_theta": 1e6}
        if rng.random() < 0.6:
            whole |= {"rope_type": "linear", "factor": 8.0}
        return {"full_attention": whole, "sliding_attention": {"rope_type": "default", "rope_theta": 1e4}}
    base = rng.choice([1e4, 5e5, 1e6])
    if family == "llama" and rng.random() < 0.6:
        return {"rope_type": "llama3", "rope_theta": base, "factor": rng.choice([8.0, 32.0]), "low_freq_factor": 1.0,
                "high_freq_factor": 4.0, "original_max_position_embeddings": rng.choice([32, 64])}
    return {"rope_type": "default", "rope_theta": base}


def config(family, models, rng, unit, gguf_file):
    """A random shape whose widths are multiples of `unit`."""
    tiny, _, config_class, _ = FAMILIES[family]
    known = json.loads((models / tiny / "config.json").read_text())
    while True:
        kv_heads = rng.choice([1, 1, 2, 3, 4])
        heads = kv_heads * rng.choice([1, 2, 3, 4])
        head = rng.choice([8, 16, 32, 64])
        hidden = heads * head if family in ("qwen2", "llama") else heads * rng.choice([8, 16, 24, 64])
        inner = rng.choice([32, 96, 160, 224, 256, 512])
        if all(width % unit == 0 for width in (hidden, inner, heads * head)):
            break
    more = {}
    if family == "gemma":
        # No key of GGUF says how scores are scaled.
        more = {"pad_token_id": 0, "sliding_window": rng.choice([4, 16, 33]),
                "query_pre_attn_scalar": head if gguf_file else rng.choice([head, 64])}
    return config_class(
        hidden_size=hidden, intermediate_size=inner, num_hidden_layers=rng.choice([1, 2, 5, 8, 13]),
        num_attention_heads=heads, num_key_value_heads=kv_heads, head_dim=head,
        vocab_size=known["vocab_size"] + rng.choice([0, 0, 32]), max_position_embeddings=rng.choice([128, 512]),
        rms_norm_eps=rng.choice([1e-6, 1e-5]), tie_word_embeddings=rng.random() < 0.5,
        bos_token_id=known["bos_token_id"], eos_token_id=known["eos_token_id"],
        rope_parameters=rotary(family, rng), attn_implementation="eager", **more)


def spread(name, weights, family):
    """How far numbers of a weight go, so that no layer drowns the others."""
    if "embed" in name:
        return 0.1 if family == "gemma" else 0.7
    return 1.2 / math.sqrt(weights.shape[1])


def fill(model, family, chance):
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "norm" in name:
                numbers = chance.normal(0 if family == "gemma" else 1, 0.2, weights.shape)
            elif name.endswith("bias"):
                numbers = chance.normal(0, 0.3, weights.shape)
            else:
                numbers = chance.normal(0, spread(name, weights, family), weights.shape)
            weights.copy_(torch.from_numpy(numbers.astype(np.float32)))


def golden(folder, name, saved, model_class, dtype, tokens, rng):
    """Logits in float64 of what was saved, and greedy continuations with their margins."""
    # From float32, so that the rotary frequencies are not those of a narrower type.
    model = model_class.from_pretrained(saved, dtype=torch.float32, attn_implementation="eager").to(torch.float64)
    for module in model.modules():
        if hasattr(module, "embed_scale"):
            module.embed_scale = torch.tensor(model.config.hidden_size ** 0.5, dtype=dtype).double()
    (folder / "golden").mkdir(exist_ok=True)
    cases = []
    with torch.no_grad():
        for number in range(2):
            ids = [rng.randrange(tokens) for _ in range(rng.choice([1, 5, 40]))]
            file = f"{name}-{number}.logits.f32"
            logits = model(torch.tensor([ids]), use_cache=False).logits[0]
            logits.float().numpy().astype("<f4").tofile(folder / "golden" / file)
            greedy, sequence = [], list(ids)
            for _ in range(GREEDY_STEPS):
                best = torch.topk(model(torch.tensor([sequence]), use_cache=False).logits[0, -1], 2)
                sequence.append(int(best.indices[0]))
                greedy.append({"id": sequence[-1], "margin": float(best.values[0] - best.values[1])})
            cases.append({"ids": ids, "positions": len(ids), "logits": file, "greedy": greedy})
    (folder / "golden" / f"{name}.json").write_text(json.dumps({"dtype": "float32 little-endian", "cases": cases}))


def make_folder(folder, family, models, rng, chance):
    tiny, _, _, model_class = FAMILIES[family]
    dtype = rng.choice(list(DTYPES.values()))
    model = model_class(config(family, models, rng, 8, False))
    fill(model, family, chance)
    model.to(dtype).save_pretrained(folder, max_shard_size=rng.choice(["50KB", "5GB"]))
    for name in TEXT_FILES:
        shutil.copy(models / tiny / name, folder)
    golden(folder, "safetensors", folder, model_class, dtype, vocabulary(models / tiny), rng)


def vocabulary(folder):
    return len(json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"])


def halves(numbers):
    return np.asarray(numbers, "<f2")


def k_blocks(numbers, kind):
    """Blocks of a type that the package cannot make: plainly rounded, which is less exact than what converters do."""
    groups = numbers.reshape(-1, 8 if kind == Type.Q4_K else 16, 32 if kind == Type.Q4_K else 16)
    return (q4_k if kind == Type.Q4_K else q6_k)(groups).reshape(len(numbers), -1)


def q4_k(groups):
    least = np.minimum(groups.min(2), 0)
    steps = (groups.max(2) - least) / 15
    d, least_d = halves(steps.max(1) / 63), halves(-least.min(1) / 63)
    scale = np.round(steps / d[:, None].astype(np.float32)).clip(0, 63).astype(np.uint8)
    minimum = np.round(-least / np.maximum(least_d[:, None].astype(np.float32), 1e-12)).clip(0, 63).astype(np.uint8)
    step = np.maximum(scale * d[:, None].astype(np.float32), 1e-12)[..., None]
    whole = np.round((groups + (minimum * least_d[:, None].astype(np.float32))[..., None]) / step)
    whole = whole.clip(0, 15).astype(np.uint8)
    factors = np.concatenate([
        scale[:, :4] | (scale[:, 4:] >> 4) << 6, minimum[:, :4] | (minimum[:, 4:] >> 4) << 6,
        scale[:, 4:] & 15 | (minimum[:, 4:] & 15) << 4], axis=1)
    nibbles = whole[:, 0::2] | whole[:, 1::2] << 4
    return np.concatenate([d.view(np.uint8).reshape(-1, 2), least_d.view(np.uint8).reshape(-1, 2), factors,
                           nibbles.reshape(-1, 128)], axis=1)


def q6_k(groups):
    steps = np.abs(groups).max(2) / 31
    d = halves(steps.max(1) / 127)
    scale = np.round(steps / d[:, None].astype(np.float32)).clip(1, 127).astype(np.int8)
    whole = np.round(groups / (scale * d[:, None].astype(np.float32))[..., None]).clip(-32, 31).astype(np.int8) + 32
    # Halves of 128, each of four runs of 32.
    runs = whole.astype(np.uint8).reshape(-1, 2, 4, 32)
    low = np.concatenate([runs[:, :, 0] & 15 | (runs[:, :, 2] & 15) << 4,
                          runs[:, :, 1] & 15 | (runs[:, :, 3] & 15) << 4], axis=2)
    high = runs[:, :, 0] >> 4 | (runs[:, :, 1] >> 4) << 2 | (runs[:, :, 2] >> 4) << 4 | (runs[:, :, 3] >> 4) << 6
    return np.concatenate([low.reshape(-1, 128), high.reshape(-1, 64), scale.view(np.uint8).reshape(-1, 16),
                           d.view(np.uint8).reshape(-1, 2)], axis=1)


def tensor_names(layers, gemma):
    names = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    roles = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
             "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
             "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
             "input_layernorm": "attn_norm", "post_attention_layernorm": "post_attention_norm" if gemma else "ffn_norm",
             "pre_feedforward_layernorm": "ffn_norm", "post_feedforward_layernorm": "post_ffw_norm"}
    for layer in range(layers):
        names |= {f"model.layers.{layer}.{role}": f"blk.{layer}.{name}" for role, name in roles.items()}
    return names


def describe(writer, shape):
    rope = shape.rope_parameters.get("full_attention", shape.rope_parameters)
    writer.add_block_count(shape.num_hidden_layers)
    writer.add_embedding_length(shape.hidden_size)
    writer.add_feed_forward_length(shape.intermediate_size)
    writer.add_head_count(shape.num_attention_heads)
    writer.add_head_count_kv(shape.num_key_value_heads)
    writer.add_key_length(shape.head_dim)
    writer.add_value_length(shape.head_dim)
    writer.add_context_length(shape.max_position_embeddings)
    writer.add_layer_norm_rms_eps(shape.rms_norm_eps)
    writer.add_rope_freq_base(rope["rope_theta"])
    if rope["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    if rope["rope_type"] == "llama3":
        writer.add_tensor("rope_freqs.weight", divisors(shape.head_dim, rope))
    if shape.model_type == "gemma3_text":
        writer.add_sliding_window(shape.sliding_window)


def divisors(head, rope):
    """By what each frequency of Llama 3 is divided."""
    low, high, factor = rope["low_freq_factor"], rope["high_freq_factor"], rope["factor"]
    result = []
    for pair in range(head // 2):
        turns = rope["original_max_position_embeddings"] / (2 * math.pi * rope["rope_theta"] ** (2 * pair / head))
        keep = min(1, max(0, (turns - low) / (high - low)))
        result.append(1 / ((1 - keep) / factor + keep))
    return np.array(result, np.float32)


def make_gguf(folder, family, models, rng, chance):
    tiny, architecture, _, model_class = FAMILIES[family]
    type_name = rng.choice(list(TYPES))
    kind = TYPES[type_name]
    folder.mkdir(parents=True)
    writer = gguf.GGUFWriter(str(folder / f"{folder.name}.{type_name}.gguf"), architecture)
    # The tokenizer of a file of ours.
    for key, field in gguf.GGUFReader(str(next((models / tiny).glob("*.gguf")))).fields.items():
        if key.startswith("tokenizer.") and field.types[0] == gguf.GGUFValueType.ARRAY:
            writer.add_array(key, field.contents())
        elif key.startswith("tokenizer."):
            writer.add_key_value(key, field.contents(), field.types[0])
    shape = config(family, models, rng, gguf.GGML_QUANT_SIZES[kind][0] if "_K" in type_name else 32, True)
    describe(writer, shape)
    model = model_class(shape)
    fill(model, family, chance)
    names = tensor_names(shape.num_hidden_layers, family == "gemma")
    with torch.no_grad():
        for name, weights in model.named_parameters():
            owner, suffix = name.rsplit(".", 1)
            target = f"{names[owner]}.{suffix}"
            if weights.dim() == 1:
                # Norms of Gemma are stored with one added.
                writer.add_tensor(target, weights.numpy() + (family == "gemma" and "norm" in name))
                continue
            if "_K" in type_name:
                stored = k_blocks(weights.numpy(), kind)
            else:
                stored = gguf.quants.quantize(weights.numpy(), kind)
            weights.copy_(torch.from_numpy(gguf.quants.dequantize(stored, kind).astype(np.float32)).reshape(weights.shape))
            if family == "llama" and ("q_proj" in name or "k_proj" in name):
                heads = shape.num_attention_heads if "q_proj" in name else shape.num_key_value_heads
                rows, width = stored.shape
                stored = stored.reshape(heads, 2, rows // heads // 2, width).swapaxes(1, 2).reshape(rows, width)
            writer.add_tensor(target, stored, raw_dtype=None if type_name in ("F32", "F16") else kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    saved = folder / "saved"
    model.save_pretrained(saved)
    golden(folder, f"gguf-{type_name}", saved, model_class, DTYPES.get(type_name, torch.float32),
           vocabulary(models / tiny), rng)
    shutil.rmtree(saved)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path, help="where to write them")
    arguments.add_argument("--count", type=int, default=40, help="how many of each, folders and GGUF files")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--models", type=Path, help="the tiny models, whose tokenizers are used",
                           default=Path(__file__).parents[2] / "test-data/src/main/resources/models")
    options = arguments.parse_args()
    transformers.utils.logging.disable_progress_bar()
    for make in (make_folder, make_gguf):
        for number in range(options.count):
            seed = f"{options.seed}-{make.__name__}-{number}"
            rng = random.Random(seed)
            chance = np.random.default_rng(rng.getrandbits(64))
            family = rng.choice(list(FAMILIES))
            make(options.folder / f"{make.__name__[5:]}-{options.seed}-{number}-{family}", family, options.models, rng, chance)
    print(f"{2 * options.count} models in {options.folder}, by transformers {transformers.__version__}, torch {torch.__version__}")


if __name__ == "__main__":
    main()
