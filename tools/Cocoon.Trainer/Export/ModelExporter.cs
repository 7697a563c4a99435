using Cocoon.Inference.Gguf;
using Cocoon.Trainer.Text;
using Cocoon.Trainer.Training;

namespace Cocoon.Trainer.Export;

/// <summary>Writes a trained model as GGUF: matrices as F16, norm gains as F32, tokenizer and chat template in the metadata.</summary>
public static class ModelExporter
{
    private const int NormalToken = 1;
    private const int ControlToken = 3;

    /// <summary>Writes the model.</summary>
    public static void Write(Stream stream, ModelShape shape, Parameters weights, IReadOnlyList<string> tokens, IReadOnlyList<string> merges)
    {
        var writer = new GgufWriter();
        writer.Add("general.architecture", "llama");
        writer.Add("general.name", "cocoon-demo");
        writer.Add("general.description", "A very small demonstration model that answers simple questions about the Cocoon network.");
        writer.Add("general.license", "apache-2.0");
        writer.Add("general.file_type", 1u);
        writer.Add("llama.vocab_size", (uint)shape.Vocabulary);
        writer.Add("llama.context_length", (uint)shape.Context);
        writer.Add("llama.embedding_length", (uint)shape.Width);
        writer.Add("llama.block_count", (uint)shape.Layers);
        writer.Add("llama.feed_forward_length", (uint)shape.FeedForward);
        writer.Add("llama.attention.head_count", (uint)shape.Heads);
        writer.Add("llama.attention.head_count_kv", (uint)shape.KeyValueHeads);
        writer.Add("llama.attention.layer_norm_rms_epsilon", shape.Epsilon);
        writer.Add("llama.rope.dimension_count", (uint)shape.HeadSize);
        writer.Add("llama.rope.freq_base", shape.RopeBase);
        writer.Add("tokenizer.ggml.model", "gpt2");
        writer.Add("tokenizer.ggml.pre", "gpt-2");
        writer.Add("tokenizer.ggml.tokens", tokens);
        writer.Add("tokenizer.ggml.token_type", tokens.Select((_, id) => id < Controls.Tokens.Count ? ControlToken : NormalToken).ToArray());
        writer.Add("tokenizer.ggml.merges", merges);
        writer.Add("tokenizer.ggml.bos_token_id", (uint)Controls.Begin);
        writer.Add("tokenizer.ggml.eos_token_id", (uint)Controls.End);
        writer.Add("tokenizer.ggml.add_bos_token", true);
        writer.Add("tokenizer.chat_template", Controls.ChatTemplate);

        writer.AddTensor("token_embd.weight", [shape.Width, shape.Vocabulary], GgufTensorType.F16, weights[weights.Embedding].ToArray());
        for (var i = 0; i < weights.Layers.Length; i++)
        {
            var layer = weights.Layers[i];
            Gain($"blk.{i}.attn_norm.weight", layer.AttentionNorm);
            Matrix($"blk.{i}.attn_q.weight", layer.Query);
            Matrix($"blk.{i}.attn_k.weight", layer.Key);
            Matrix($"blk.{i}.attn_v.weight", layer.Value);
            Matrix($"blk.{i}.attn_output.weight", layer.Output);
            Gain($"blk.{i}.ffn_norm.weight", layer.FeedForwardNorm);
            Matrix($"blk.{i}.ffn_gate.weight", layer.Gate);
            Matrix($"blk.{i}.ffn_up.weight", layer.Up);
            Matrix($"blk.{i}.ffn_down.weight", layer.Down);
        }
        Gain("output_norm.weight", weights.OutputNorm);
        writer.Write(stream);

        void Gain(string name, Parameters.Matrix gain) =>
            writer.AddTensor(name, [gain.Outputs], GgufTensorType.F32, weights[gain].ToArray());

        void Matrix(string name, Parameters.Matrix matrix) =>
            writer.AddTensor(name, [matrix.Inputs, matrix.Outputs], GgufTensorType.F16, Transpose(weights[matrix], matrix));
    }

    /// <summary>GGUF keeps the inputs of one output together; training keeps the outputs of one input together.</summary>
    private static float[] Transpose(ReadOnlySpan<float> values, Parameters.Matrix matrix)
    {
        var result = new float[values.Length];
        for (var input = 0; input < matrix.Inputs; input++)
        {
            for (var output = 0; output < matrix.Outputs; output++)
                result[output * matrix.Inputs + input] = values[input * matrix.Outputs + output];
        }
        return result;
    }
}
