"""The other side of scripts/hfParity/main.ts: networks of random weights by current transformers and torchvision, saved
as safetensors and by torch.save, with their outputs for a picture and two sentences.

Arguments: the folder to write to; optionally a folder of a real text encoder (Hugging Face's files).
Prints one JSON line: versions, and for each network its kind, files, input and settings that weights do not tell.
"""

import json
import pathlib
import sys

import torch
import torchvision
import transformers
from safetensors.torch import save_file
from torchvision.models.swin_transformer import PatchMergingV2, SwinTransformer, SwinTransformerBlockV2
from transformers import (
    AutoModel,
    AutoTokenizer,
    BertConfig,
    BertModel,
    SwinBackbone,
    SwinConfig,
    SwinModel,
    Swinv2Backbone,
    Swinv2Config,
)

torch.set_num_threads(2)
torch.manual_seed(5)
out = pathlib.Path(sys.argv[1])
outputs = {}
networks = []
stages = ["stage1", "stage2", "stage3", "stage4"]


def roughen(model):
    """Initial weights are small and norms are the identity: draw them so that every term counts."""
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name.endswith("logit_scale"):
                value.add_(0.3 * torch.randn_like(value))
            elif value.dim() == 1:
                value.add_(0.1 * torch.randn_like(value))
            elif "bias_table" in name:
                value.copy_(0.5 * torch.randn_like(value))
            else:
                value.copy_(torch.randn_like(value) / value[0].numel() ** 0.5)
    return model.eval()


def keep(name, kind, model, settings, **more):
    state = {key: value.contiguous().clone() for key, value in model.state_dict().items()}
    files = [f"{name}.safetensors", f"{name}.pth"]
    save_file(state, str(out / files[0]))
    torch.save(state, out / files[1])
    networks.append({"name": name, "kind": kind, "files": files, "settings": settings, **more})


def picture(height, width):
    return torch.randn(1, 3, height, width)


common = dict(embed_dim=24, depths=[2, 2, 2, 2], num_heads=[1, 2, 4, 8], drop_path_rate=0.0)


def swin(name, kind, window, model, sizes, stage_maps, normalised, unshifted=True, **settings):
    """`stage_maps` gives {stage: NCHW map} for a picture; `normalised` says that they have passed the stage's own norm."""
    for index, size in enumerate(sizes):
        image = torch.randn(1, 3, *size)
        outputs[f"{name}.{index}.image"] = image
        with torch.no_grad():
            for stage, value in stage_maps(model, image).items():
                outputs[f"{name}.{index}.features.{stage}"] = value.contiguous()
    keep(name, kind, model, {"window": window, "unshifted": unshifted, **settings}, pictures=sizes, normalised=normalised)


def backbone_maps(model, image):
    return dict(enumerate(model(image).feature_maps))


def last_map(model, image):
    tokens = model(image).last_hidden_state
    return {3: tokens.transpose(1, 2).reshape(1, tokens.shape[2], -(-image.shape[2] // 32), -(-image.shape[3] // 32))}


def torchvision_maps(model, image):
    maps, value = {}, image
    for place, part in enumerate(model.features):
        value = part(value)
        if place % 2 == 1:
            maps[place // 2] = value.permute(0, 3, 1, 2)
    return maps


def without_last_norm(model):
    torch.nn.init.ones_(model.layernorm.weight)
    torch.nn.init.zeros_(model.layernorm.bias)
    return model


# SwinModel does not shift a map that fits one window, nor any later one (so the small picture comes last); SwinBackbone
# always shifts. Swin v2 decides by its configured size.
v1 = SwinConfig(image_size=224, window_size=7, out_features=stages, **common)
swin("hf-swin-backbone", "swin", 7, roughen(SwinBackbone(v1)), [(224, 224), (256, 256), (288, 208)], backbone_maps, True, False)
model = without_last_norm(roughen(SwinModel(v1, add_pooling_layer=False)))
swin("hf-swin", "swin", 7, model, [(288, 256), (256, 256), (224, 224)], last_map, False)
# The last two have maps smaller than their window, on the scale of the window that they were fine-tuned from.
for side, window, scales, sizes in (
    (256, 8, [0, 0, 0, 0], [(224, 224), (256, 256)]),
    (288, 8, [0, 0, 0, 0], [(288, 288), (286, 270)]),
    (256, 16, [0, 0, 0, 0], [(256, 256), (384, 320)]),
    (256, 16, [12, 12, 12, 6], [(256, 256), (224, 288)]),
):
    v2 = Swinv2Config(image_size=side, window_size=window, pretrained_window_sizes=scales, out_features=stages, **common)
    name = f"hf-swin-v2-{side}-w{window}-p{scales[0]}"
    swin(name, "swin-v2", window, roughen(Swinv2Backbone(v2)), sizes, backbone_maps, False, side=side, scales=scales)

for name, kind, window, options in (
    ("torchvision-swin", "swin", 7, {}),
    ("torchvision-swin-v2", "swin-v2", 8, {"block": SwinTransformerBlockV2, "downsample_layer": PatchMergingV2}),
):
    model = SwinTransformer(
        [4, 4], 24, [2, 2, 2, 2], [1, 2, 4, 8], [window, window], stochastic_depth_prob=0.0, num_classes=2, **options
    )
    swin(name, kind, window, roughen(model), [(224, 224), (256, 256), (288, 208)], torchvision_maps, False)

config = BertConfig(
    vocab_size=1000, hidden_size=192, num_hidden_layers=4, num_attention_heads=3, intermediate_size=768, max_position_embeddings=64
)
model = roughen(BertModel(config))
ids = torch.randint(5, 1000, (2, 20))
mask = torch.ones(2, 20, dtype=torch.long)
mask[1, 9:] = 0
ids[1, 9:] = 0
with torch.no_grad():
    outputs["hf-bert.states"] = model(input_ids=ids, attention_mask=mask).last_hidden_state.contiguous()
outputs |= {"hf-bert.ids": ids, "hf-bert.mask": mask}
keep("hf-bert", "bert", model, {"heads": 3})

if len(sys.argv) > 2:
    folder = sys.argv[2]
    model = AutoModel.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    sentences = ["the red car on the left of the runway", "all storage tanks near the harbour, but not the white ones"]
    encoded = tokenizer(sentences, padding="max_length", max_length=20, truncation=True, return_tensors="pt")
    with torch.no_grad():
        states = model(input_ids=encoded["input_ids"], attention_mask=encoded["attention_mask"]).last_hidden_state
    outputs |= {
        "real-bert.ids": encoded["input_ids"],
        "real-bert.mask": encoded["attention_mask"],
        "real-bert.states": states.contiguous(),
    }
    heads = model.config.num_attention_heads
    networks.append({"name": "real-bert", "kind": "bert", "files": [folder], "settings": {"heads": heads}, "sentences": sentences})

save_file(outputs, str(out / "outputs.safetensors"))
versions = {"torch": torch.__version__, "torchvision": torchvision.__version__, "transformers": transformers.__version__}
print(json.dumps({"versions": versions, "networks": networks}))
