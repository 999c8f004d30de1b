"""PyTorch as a worker of the bench: the modules that its own tutorials would take, and torch.optim.

    peer_torch.py --workload W --peer torch|torch_jit|torch_compile --threads N --serve

torch_jit scripts the model; torch_new is a newer one with fused updates, torch_compile the same with compiled models.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

from typing import List, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F

import peer_common as common

tensor = torch.from_numpy


def dense(weights, bias=None):
    layer = nn.Linear(*weights.shape, bias=bias is not None)
    with torch.no_grad():
        layer.weight.copy_(tensor(weights).t())
        if bias is not None:
            layer.bias.copy_(tensor(bias))
    return layer


class Mlp(nn.Module):
    def __init__(self, parameters, work):
        super().__init__()
        layers: List[nn.Module] = []
        for i in range(0, len(parameters), 2):
            layers.append(dense(parameters[i], parameters[i + 1]))
            if i + 2 < len(parameters):
                layers.append(nn.Tanh() if work["act"] == "tanh" else nn.ReLU())
        self.net = nn.Sequential(*layers)

    def forward(self, x, y):
        return F.cross_entropy(self.net(x), y)


class LeNet(nn.Module):
    def __init__(self, parameters, work):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(1, 20, 5), nn.Conv2d(20, 50, 5)
        with torch.no_grad():
            for i, layer in enumerate((self.c1, self.c2)):
                layer.weight.copy_(tensor(parameters[2 * i]))
                layer.bias.copy_(tensor(parameters[2 * i + 1]))
        self.f1, self.f2 = dense(*parameters[4:6]), dense(*parameters[6:8])

    def forward(self, x, y):
        h = torch.tanh(F.max_pool2d(self.c1(x), 2))
        h = torch.tanh(F.max_pool2d(self.c2(h), 2))
        return F.cross_entropy(self.f2(torch.tanh(self.f1(h.flatten(1)))), y)


class Recurrent(nn.Module):
    def __init__(self, parameters, work):
        super().__init__()
        units, layers = work["units"], work["layers"]
        self.words = work["words"]
        self.table = nn.Embedding(self.words, units)
        self.net = (nn.LSTM if work["kind"] == "lstm" else nn.GRU)(units, units, layers)
        with torch.no_grad():
            self.table.weight.copy_(tensor(parameters[0]))
            for i in range(layers):
                names = ("weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l")
                for name, value in zip(names, parameters[1 + 4 * i : 5 + 4 * i]):
                    getattr(self.net, f"{name}{i}").copy_(tensor(value).t() if value.ndim == 2 else tensor(value))
        self.out = dense(*parameters[-2:])


class Lstm(Recurrent):
    def forward(
        self, x, y, h: Tuple[torch.Tensor, torch.Tensor]
    ) -> Tuple[torch.Tensor, Tuple[torch.Tensor, torch.Tensor]]:
        o, h = self.net(self.table(x), h)
        return F.cross_entropy(self.out(o).view(-1, self.words), y.view(-1)), h


class Gru(Recurrent):
    def forward(self, x, y, h) -> Tuple[torch.Tensor, torch.Tensor]:
        o, h = self.net(self.table(x), h)
        return F.cross_entropy(self.out(o).view(-1, self.words), y.view(-1)), h


class Block(nn.Module):
    def __init__(self, parameters, width, heads):
        super().__init__()
        self.heads, self.width = heads, width
        self.l1, self.l2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.o = dense(*parameters[2:4]), dense(*parameters[4:6])
        self.m1, self.m2 = dense(*parameters[8:10]), dense(*parameters[10:12])

    def forward(self, x, mask):
        batch, steps, size = x.size(0), x.size(1), self.width // self.heads
        q, k, v = self.qkv(self.l1(x)).view(batch, steps, 3, self.heads, size).permute(2, 0, 3, 1, 4).unbind(0)
        a = torch.softmax(((q @ k.transpose(-2, -1)) * (size**-0.5)).masked_fill(mask, -1e9), -1)
        x = x + self.o((a @ v).transpose(1, 2).reshape(batch, steps, self.width))
        return x + self.m2(F.gelu(self.m1(self.l2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self, parameters, work):
        super().__init__()
        width, layers, steps = work["width"], work["layers"], work["steps"]
        self.words = work["words"]
        self.letters, self.places = nn.Embedding(self.words, width), nn.Parameter(tensor(parameters[1]).clone())
        with torch.no_grad():
            self.letters.weight.copy_(tensor(parameters[0]))
        self.blocks = nn.ModuleList(
            [Block(parameters[2 + 12 * i : 14 + 12 * i], width, work["heads"]) for i in range(layers)]
        )
        self.norm, self.head = nn.LayerNorm(width), dense(parameters[-1])
        self.register_buffer("mask", torch.triu(torch.ones(steps, steps, dtype=torch.bool), 1))

    def forward(self, x, y):
        h = self.letters(x) + self.places
        for block in self.blocks:
            h = block(h, self.mask)
        return F.cross_entropy(self.head(self.norm(h)).view(-1, self.words), y.view(-1))


def rnn_loss(rows, target, wh):
    h = torch.zeros(1, wh.size(0))
    states: List[torch.Tensor] = []
    for row in rows.split(1):  # not rows[t:t+1]: the gradient of a slice fills all rows with zeros each step
        h = torch.tanh(row + h @ wh)
        states.append(h)
    d = torch.cat(states) - target
    return (d * d).sum(1).mean()


def chain(a, b, c, d):
    return 1 / (1 + torch.exp(-(a * b + c))) * torch.tanh(d)


def make_rule(work, parameters):
    fused = dict(fused=True) if int(torch.__version__.split(".")[0]) >= 2 else {}
    rules = {
        "sgd": lambda: torch.optim.SGD(parameters, lr=work["rate"], **fused),
        "momentum": lambda: torch.optim.SGD(parameters, lr=work["rate"], momentum=0.9, **fused),
        "adam": lambda: torch.optim.Adam(parameters, lr=work["rate"], **fused),
        "adamw": lambda: torch.optim.AdamW(parameters, lr=work["rate"], weight_decay=0.01, **fused),
    }
    return rules[work["rule"]]()


def make_trainer(work, improve):
    kinds = {"mlp": Mlp, "lenet": LeNet, "gpt": Gpt}
    x, y, parameters = getattr(common, work["kind"] + "_numbers")(work)
    xs, ys = list(tensor(x)), list(tensor(y))
    model = improve(kinds[work["kind"]](parameters, work))
    rule = make_rule(work, model.parameters())

    def step(i):
        loss = model(xs[i], ys[i])
        rule.zero_grad(set_to_none=True)
        loss.backward()
        rule.step()
        return loss

    return step


def make_recurrent(work, improve):
    x, y, parameters = common.recurrent_numbers(work)
    xs, ys = list(tensor(x)), list(tensor(y))
    lstm = work["kind"] == "lstm"
    model = improve((Lstm if lstm else Gru)(parameters, work))
    rule = make_rule(work, model.parameters())
    h = torch.zeros(work["layers"], work["batch"], work["units"])
    h = (h, h.clone()) if lstm else h

    def step(i):
        nonlocal h
        loss, h = model(xs[i], ys[i], h)
        h = tuple(s.detach() for s in h) if lstm else h.detach()
        rule.zero_grad(set_to_none=True)
        loss.backward()
        rule.step()
        return loss

    return step


def make_rnn(work, improve):
    x, target, parameters = common.rnn_numbers(work)
    x, target = tensor(x), tensor(target)
    wx, wh, bias = [tensor(p).clone().requires_grad_(work["train"]) for p in parameters]
    loss_of = improve(rnn_loss)
    rule = make_rule(dict(work, rule="sgd"), [wx, wh, bias])

    def step(i):
        if not work["train"]:
            with torch.no_grad():
                return loss_of(torch.addmm(bias, x, wx), target, wh)
        loss = loss_of(torch.addmm(bias, x, wx), target, wh)
        rule.zero_grad(set_to_none=True)
        loss.backward()
        rule.step()
        return loss

    return step


def make_chain(work, improve):
    inputs = [tensor(v) for v in common.chain_numbers(work)]
    function = improve(chain)
    if not work["gradients"]:
        return lambda i: function(*inputs)[12345]
    for v in inputs:
        v.requires_grad_(True)

    def step(i):
        total = function(*inputs).sum()
        for v in inputs:
            v.grad = None
        total.backward()
        return total / work["n"]

    return step


def make_softmax(work, improve):
    x, labels = (tensor(v) for v in common.softmax_numbers(work))
    x.requires_grad_(True)
    function = improve(F.cross_entropy)

    def step(i):
        x.grad = None
        loss = function(x, labels)
        loss.backward()
        return loss

    return step


def add_one(x):
    return x + 1


def make_scalar(work, improve):
    function, x = improve(add_one), torch.tensor(1.0)
    return lambda i: function(x)


def make(work, arguments):
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    improve = lambda model: model
    if arguments.peer == "torch_jit":
        torch.jit.set_fusion_strategy([("STATIC", 2), ("DYNAMIC", 2)])
        improve = torch.jit.script
    if arguments.peer == "torch_compile":
        if work["kind"] == "rnn":
            raise RuntimeError("it would unroll 1000 steps")
        improve = torch.compile
    makers = {"mlp": make_trainer, "lenet": make_trainer, "gpt": make_trainer, "lstm": make_recurrent,
              "gru": make_recurrent, "rnn": make_rnn, "chain": make_chain, "scalar": make_scalar,
              "softmax": make_softmax}
    return common.cycle(makers[work["kind"]](work, improve))


if __name__ == "__main__":
    common.serve(make)
