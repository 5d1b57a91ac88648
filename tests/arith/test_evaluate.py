"""Micro-functions as graphs: their form, and the evaluator that must not change a bit."""

import tracemalloc

import numpy as np
import pytest

from sfdfa_compiler.arith import BOOL, FLOAT32, FLOAT64, UINT32, Recipe, event
from sfdfa_compiler.arith.evaluate import evaluate
from sfdfa_compiler.arith.nodes import convert, select
from sfdfa_compiler.arith.philox import philox

RECIPES = [value for value in vars(event).values() if isinstance(value, Recipe)] + [philox]


def scalars(micro, value=1.5):
    """An input of the right type for every parameter."""
    types = {FLOAT32: np.float32, FLOAT64: np.float64, BOOL: np.bool_, UINT32: np.uint32}
    return [types[node.format](value) for node in micro.inputs]


@pytest.mark.parametrize("real", [FLOAT32, FLOAT64], ids=str)
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
class TestEveryMicroFunction:
    def test_operands_stand_before_their_users_and_nothing_twice(self, recipe, real):
        nodes = recipe.at(real).nodes()
        position = {id(node): place for place, node in enumerate(nodes)}
        assert len(position) == len(nodes)
        for node in nodes:
            for operand in node.args:
                assert position[id(operand)] < position[id(node)]
        assert set(map(id, recipe.at(real).outputs.values())) <= set(position)

    def test_it_has_one_instance_per_format_and_says_where_it_comes_from(self, recipe, real):
        micro = recipe.at(real)
        assert micro is recipe.at(real)
        assert micro.name == recipe.name
        assert micro.doc.endswith(".")
        assert micro.source

    def test_inputs_of_another_type_are_refused(self, recipe, real):
        micro = recipe.at(real)
        for place, node in enumerate(micro.inputs):
            inputs = scalars(micro)
            inputs[place] = np.float16(1)
            with pytest.raises(TypeError, match=f"{micro.name}: {node.name} is float16, not"):
                evaluate(micro, *inputs)

    def test_a_missing_input_is_refused(self, recipe, real):
        micro = recipe.at(real)
        with pytest.raises(ValueError, match="argument"):
            evaluate(micro, *scalars(micro)[:-1])

    def test_outputs_have_their_formats(self, recipe, real):
        micro = recipe.at(real)
        outputs = evaluate(micro, *scalars(micro))
        for value, node in zip(outputs, micro.outputs.values(), strict=True):
            assert str(value.dtype) == str(node.format)

    def test_arrays_give_what_their_elements_give(self, recipe, real):
        micro = recipe.at(real)
        rng = np.random.default_rng(0)
        arrays = [
            (rng.normal(size=(5,)) * 2).astype(scalar.dtype)
            if scalar.dtype.kind == "f"
            else rng.integers(0, 2, 5).astype(scalar.dtype)
            for scalar in scalars(micro)
        ]
        whole = evaluate(micro, *arrays)
        for place in range(5):
            parts = evaluate(micro, *(array[place] for array in arrays))
            for array, part in zip(whole, parts, strict=True):
                assert array[place].tobytes() == part.tobytes()

    def test_one_output_alone_is_the_same(self, recipe, real):
        micro = recipe.at(real)
        outputs = evaluate(micro, *scalars(micro))
        for name, value in zip(micro.outputs, outputs, strict=True):
            (alone,) = evaluate(micro, *scalars(micro), want=(name,))
            assert alone.tobytes() == value.tobytes()


def test_only_what_is_wanted_is_computed():
    crossing = event.crossing.at(FLOAT32)
    everything, test_alone = crossing.nodes(), crossing.nodes(("fires",))
    assert {"div", "sqrt"} <= {node.op for node in everything}
    assert not {"div", "sqrt"} & {node.op for node in test_alone}


def test_inputs_broadcast():
    a, b = evaluate(
        event.integrate.at(FLOAT32),
        np.zeros((2, 3), np.float32),
        np.zeros((2, 3), np.float32),
        np.array([1, 2, 3], np.float32),
        np.array([[1], [2]], np.float32),
    )
    assert a.tolist() == [[1, 2, 3], [4, 8, 12]]
    assert b.tolist() == [[1, 2, 3], [2, 4, 6]]


def test_python_numbers_are_refused_where_they_would_be_float64():
    integrate = event.integrate.at(FLOAT32)
    with pytest.raises(TypeError, match="a is float64, not float32"):
        evaluate(integrate, 0.0, np.float32(0), np.float32(1), np.float32(1))


def test_an_expression_has_no_truth_value():
    a, b, *_ = event.integrate.at(FLOAT32).inputs
    with pytest.raises(TypeError, match="no truth value"):
        assert a < b


def test_formats_do_not_mix():
    a = event.integrate.at(FLOAT32).inputs[0]
    b = event.integrate.at(FLOAT64).inputs[0]
    with pytest.raises(TypeError, match="add of float32 and float64"):
        a + b
    assert (convert(a, FLOAT64) + b).format == FLOAT64
    assert select(a < 1.0, 0.0, a).format == FLOAT32
    with pytest.raises(TypeError, match="needs one operand with a format"):
        select(a < 1.0, 0.0, 1.0)


def test_large_arrays_are_let_go_when_nothing_needs_them_any_more():
    """Opening a network draws all its weights at once: the steps in between must not pile up."""
    words = [np.zeros(1 << 16, np.uint32) for _ in philox.at(FLOAT32).inputs]
    tracemalloc.start()
    try:
        evaluate(philox.at(FLOAT32), *words)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 24 * words[0].nbytes
