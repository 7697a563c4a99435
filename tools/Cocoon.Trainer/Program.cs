using System.Globalization;
using Cocoon.Trainer;
using Cocoon.Trainer.Text;

var options = new TrainerOptions();
var output = "models/cocoon-demo.gguf";
var corpusFolder = Path.Combine(AppContext.BaseDirectory, "Corpus");
for (var i = 0; i < args.Length; i += 2)
{
    var value = i + 1 < args.Length ? args[i + 1] : "";
    switch (args[i])
    {
        case "--steps" when int.TryParse(value, CultureInfo.InvariantCulture, out var steps) && steps > 0:
            options = options with { Steps = steps };
            break;
        case "--seed" when ulong.TryParse(value, CultureInfo.InvariantCulture, out var seed):
            options = options with { Seed = seed };
            break;
        case "--out" when value.Length > 0:
            output = value;
            break;
        case "--corpus" when Directory.Exists(value):
            corpusFolder = value;
            break;
        default:
            Console.Error.WriteLine($"'{args[i]} {value}' is not understood.");
            Console.Error.WriteLine("Usage: Cocoon.Trainer [--steps N] [--seed N] [--out FILE] [--corpus FOLDER]");
            return 2;
    }
}

var lines = Directory.GetFiles(corpusFolder, "*.txt").Order(StringComparer.Ordinal).SelectMany(File.ReadLines);
var trainer = new ModelTrainer(Corpus.Parse(lines), options);
Console.WriteLine($"{trainer.Network.Weights.Values.Length:n0} parameters, {trainer.Shape.Vocabulary} tokens, {options.Steps} steps, seed {options.Seed}");
var start = TimeProvider.System.GetTimestamp();
var (sum, count, seen) = (0.0, 0, 0L);
trainer.Train((step, loss, tokens) =>
{
    (sum, count, seen) = (sum + loss, count + 1, seen + tokens);
    if (step % 50 != 0 && step != options.Steps)
        return;
    var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"step {step}/{options.Steps}  loss {sum / count:f4}  {seen / seconds:f0} tokens/s  {seconds:f0} s"));
    (sum, count) = (0, 0);
});
using (var file = File.Create(output))
    trainer.Export(file);
Console.WriteLine($"{output}: {new FileInfo(output).Length:n0} bytes");
return 0;
